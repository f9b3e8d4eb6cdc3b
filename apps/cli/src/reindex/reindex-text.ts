import type { ReindexAnswer, SpaceAnswer } from '../service/service.js';
import { formatCount, formatNoun } from '../format/quantities.js';
import { formatPairs } from '../format/table.js';

const named = ({ encoder, tap }: SpaceAnswer): string => `${encoder}/${tap}`;

/** One line, while images are being embedded. */
export function reindexLine({ target, progress, imagesPerSecond, secondsLeft }: ReindexAnswer): string {
  if (!progress || !target) return 'Looking what there is to do';
  const done = `${formatCount(progress.embedded)} of ${formatCount(progress.images)} images embedded with ${named(target)}`;
  const speed = imagesPerSecond === null ? '' : `, ${imagesPerSecond.toFixed(1)} images/s`;
  const left = secondsLeft === null ? '' : `, ${formatCount(Math.ceil(secondsLeft))} s left`;
  return `${done}${speed}${left}`;
}

export function reindexText(view: ReindexAnswer): string {
  return formatPairs([
    ['In use', named(view.active)],
    ['Change', statusText(view)],
    ...(view.previous ? [['Before', `${named(view.previous)}, ${upToDate(view, view.previous)}`] as const] : []),
    ...view.spaces.map(
      (space) =>
        [named(space), `${space.complete ? 'complete' : 'not complete'} (${space.wantedBy.join(', ')})`] as const,
    ),
    ...(view.leftovers ? [['Left over', 'vectors that nothing needs any more'] as const] : []),
    ...view.unusable.map(({ imageId, error }) => [`Image ${imageId}`, error.detail] as const),
  ]);
}

/** It is not, where its encoder is gone: the notes of the service say so. */
function upToDate({ spaces }: ReindexAnswer, before: SpaceAnswer): string {
  const complete = spaces.some((space) => space.complete && named(space) === named(before));
  return complete ? 'kept up to date' : 'kept, but not up to date';
}

function statusText(view: ReindexAnswer): string {
  if (view.status === 'idle') return 'none so far';
  if (view.status === 'running') return reindexLine(view);
  if (view.status === 'waiting') {
    const images = formatNoun(view.progress?.unusable ?? 0, 'image');
    return `waiting: ${images} cannot be embedded; --accept-missing goes on without, --cancel gives up`;
  }
  return view.target ? `${view.status} (${named(view.target)})` : view.status;
}
