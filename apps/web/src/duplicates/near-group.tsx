import { useState } from 'preact/hooks';
import { messageOf, post } from '../shared/api.js';
import { counted, fileName, number } from '../shared/format.js';
import { similarTo } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import type { DuplicateGroup } from './types.js';
import { withoutImage } from './without-image.js';

/** Images that look nearly the same, side by side, the one to keep first. */
export function NearGroup({
  group,
  onChange,
}: {
  group: DuplicateGroup;
  onChange: (left: DuplicateGroup | null) => void;
}) {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [best, ...others] = group.images;
  const attempt = (work: () => Promise<unknown>, left: DuplicateGroup | null) => async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await work();
      onChange(left);
    } catch (thrown) {
      setError(messageOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  const keepBest = attempt(() => {
    const ids = others.map(({ image }) => image.id);
    return post('/v1/images/delete', { ids });
  }, null);
  const ask = `Delete ${counted(others.length, 'image')} and keep ${fileName(best?.image.source ?? null)}? This cannot be undone.`;

  return (
    <section class="duplicates-group" aria-label={`Group of ${group.images.length} near-duplicates`}>
      <ul>
        {group.images.map(({ image, score, hashDistance }) => (
          <li key={image.id} class={image.id === group.best ? 'best' : undefined}>
            <a href={similarTo(image.id)} title={image.source ?? ''}>
              <Thumbnail src={image.thumbnailUrl} alt={fileName(image.source)} />
            </a>
            <p class="duplicates-name">{fileName(image.source)}</p>
            <p class="muted">
              {image.width} × {image.height} · {number(image.bytes)} bytes
            </p>
            {score === null ? (
              <p class="duplicates-best">
                Keep: <span class="muted">{group.reasons.map(({ says }) => says).join('; ')}</span>
              </p>
            ) : (
              <>
                <p class="muted">
                  cosine {score.toFixed(2)}, {hashDistance} of 64 bits
                </p>
                <button
                  type="button"
                  class="button"
                  disabled={busy}
                  onClick={attempt(
                    () =>
                      post('/v1/duplicates/rejections', {
                        ids: [image.id],
                        of: group.images.map((one) => one.image.id).filter((id) => id !== image.id),
                      }),
                    withoutImage(group, image.id),
                  )}
                >
                  Not a duplicate
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
      <p class="duplicates-actions">
        <button type="button" class="button primary" disabled={busy} onClick={() => confirm(ask) && void keepBest()}>
          Keep best, delete {others.length === 1 ? 'the other' : `${number(others.length)} others`}
        </button>
        <span class="muted">{number(group.spareBytes)} bytes</span>
      </p>
      {error !== null && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
    </section>
  );
}
