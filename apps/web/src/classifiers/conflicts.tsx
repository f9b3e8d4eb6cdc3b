import { get } from '../shared/api.js';
import { ErrorNote } from '../shared/notice.js';
import { Thumbnail } from '../shared/thumbnail.js';
import { useLoad } from '../shared/use-load.js';
import { thumbnailOf } from './candidates.js';
import type { Classifier, Conflict } from './types.js';
import { apiOf } from './words.js';

/** Images of which different things were said, with all that was said. */
export function Conflicts({ classifier }: { classifier: Classifier }) {
  const labels = classifier.categories.map(({ positives, negatives }) => `${positives} ${negatives}`).join();
  const { value, error } = useLoad(
    (signal) => get<{ conflicts: Conflict[] }>(apiOf(classifier.id, '/labels/conflicts?limit=50'), signal),
    [classifier.id],
    labels,
  );
  if (!value || value.conflicts.length === 0) return <ErrorNote error={error} />;
  return (
    <section aria-labelledby="conflicts-title" class="block">
      <h3 id="conflicts-title">Where statements disagreed</h3>
      <ErrorNote error={error} />
      <p class="muted">The last one holds.</p>
      <ul class="doubts">
        {value.conflicts.map((conflict) => (
          <li key={conflict.example}>
            <span class="doubt-picture">
              <Thumbnail src={thumbnailOf(classifier.id, conflict)} alt="" />
            </span>
            <ol class="said-list">
              {conflict.events.map(({ category, value: said, origin, at }, index) => (
                <li key={index}>
                  <strong>
                    {{ positive: '', negative: 'not ', cleared: 'no longer ' }[said]}
                    {category}
                  </strong>{' '}
                  <span class="muted">
                    {origin}, {new Date(at).toLocaleString()}
                  </span>
                </li>
              ))}
            </ol>
          </li>
        ))}
      </ul>
    </section>
  );
}
