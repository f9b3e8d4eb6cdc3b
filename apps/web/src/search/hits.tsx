import { fileName } from '../shared/format.js';
import { similarTo } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import type { Hit } from '../shared/types.js';
import { MOST_EXPLAINED } from './examples.js';

export type Opinion = 'liked' | 'disliked';

/** The neighbours, best first; each is the way to its own neighbours, and may be called more or less like it. */
export function Hits(props: {
  hits: readonly Hit[];
  onOpinion: (hit: Hit, opinion: Opinion) => void;
  onExplain: (hit: Hit, rank: number) => void;
}) {
  return (
    <ol class="grid">
      {props.hits.map((hit, rank) => (
        <li key={hit.id}>
          <a
            class="tile"
            href={similarTo(hit.id)}
            title={hit.source ?? ''}
            aria-label={`${fileName(hit.source)}, score ${hit.score.toFixed(3)}`}
          >
            <Thumbnail src={hit.thumbnailUrl} alt="" />
            <span class="score">{hit.score.toFixed(3)}</span>
            <span class="meter" style={{ width: `${Math.max(0, hit.score) * 100}%` }} />
          </a>
          <div class="opinions">
            <button
              type="button"
              title="More like this"
              aria-label="More like this"
              onClick={() => props.onOpinion(hit, 'liked')}
            >
              +
            </button>
            <button
              type="button"
              title="Not like this"
              aria-label="Not like this"
              onClick={() => props.onOpinion(hit, 'disliked')}
            >
              −
            </button>
            {rank < MOST_EXPLAINED && (
              <button type="button" class="why" onClick={() => props.onExplain(hit, rank)}>
                Why?
              </button>
            )}
          </div>
          <p class="caption">{fileName(hit.source)}</p>
        </li>
      ))}
    </ol>
  );
}
