import { counted } from '../shared/format.js';
import { similarTo } from '../shared/route.js';
import { UNREACHABLE } from '../shared/send-queue.js';
import { Thumbnail } from '../shared/thumbnail.js';
import type { Uploads } from './use-uploads.js';

const SAID = { added: 'added', existing: 'was there already', replaced: 'replaced', failed: 'failed' } as const;

/** How the files that were chosen fare. */
export function UploadsList({ total, results, running, unreachable, cancel }: Uploads) {
  if (total === 0) return null;
  const failed = results.filter(({ status }) => status === 'failed').length;
  return (
    <div class="progress" aria-live="polite">
      <progress max={total} value={results.length} aria-label="Upload" />
      <p>
        {results.length} of {counted(total, 'file')}
        {failed > 0 && <strong class="bad"> · {failed} failed</strong>}
        {running && (
          <button type="button" class="link" onClick={cancel}>
            Cancel
          </button>
        )}
      </p>
      {unreachable && <p class="muted">{UNREACHABLE}</p>}
      <ul class="outcomes">
        {results.map((result, index) => (
          <li key={index} class={result.status}>
            {result.image ? (
              <a href={similarTo(result.image.id)}>
                <Thumbnail src={result.image.thumbnailUrl} alt="" />
                {result.name}
              </a>
            ) : (
              <span>{result.name}</span>
            )}
            <span class="said">{result.error?.detail ?? SAID[result.status]}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
