import { Thumbnail } from '../shared/thumbnail.js';
import type { Marked, Marks } from './examples.js';

/** What a person has called more or less like it; a click takes one back. */
export function MarkedImages({ marks, onMarks }: { marks: Marks; onMarks: (marks: Marks) => void }) {
  if (marks.liked.length + marks.disliked.length === 0) return null;
  const without = (id: string, list: readonly Marked[]) => list.filter((one) => one.id !== id);
  return (
    <div class="marks">
      {(['liked', 'disliked'] as const).map(
        (list) =>
          marks[list].length > 0 && (
            <div key={list} class={list}>
              <span class="marks-title">{list === 'liked' ? 'More like' : 'Not like'}</span>
              {marks[list].map(({ id, thumbnailUrl }) => (
                <button
                  key={id}
                  type="button"
                  class="marked"
                  title="Take this example back"
                  onClick={() => onMarks({ ...marks, [list]: without(id, marks[list]) })}
                >
                  <Thumbnail src={thumbnailUrl} alt={`Example ${id}`} eager />
                </button>
              ))}
            </div>
          ),
      )}
    </div>
  );
}
