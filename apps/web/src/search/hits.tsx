import { fileName } from '../shared/format.js';
import { similarTo } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import type { Hit } from '../shared/types.js';

/** The neighbours, best first; each is the way to its own neighbours. */
export function Hits({ hits }: { hits: readonly Hit[] }) {
  if (hits.length === 0)
    return <p class="nothing">Nothing is that similar. Lower the least score, or search all images.</p>;
  return (
    <ol class="grid">
      {hits.map((hit) => (
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
          <p class="caption">{fileName(hit.source)}</p>
        </li>
      ))}
    </ol>
  );
}
