import { formatCount, formatDuration } from '../format/quantities.js';
import type { ImportView } from '../service/service.js';

const BAR_CELLS = 20;

/** How far an import is, in one line: bar, settled of all, failed, items per second, time left. */
export function progressLine(view: ImportView): string {
  const settled = view.done + view.failed;
  if (view.status === 'listing')
    return `Looking for images … ${formatCount(view.total)} found, ${formatCount(settled)} done`;
  const share = view.total === 0 ? 1 : settled / view.total;
  const parts = [
    `${bar(share)} ${formatCount(settled)} of ${formatCount(view.total)}`,
    `${Math.floor(share * 100)} %`,
    ...(view.failed > 0 ? [`${formatCount(view.failed)} failed`] : []),
    ...(view.rate !== null ? [`${formatRate(view.rate)}/s`] : []),
    ...(view.etaSeconds !== null && view.left > 0 ? [`${formatDuration(view.etaSeconds)} left`] : []),
  ];
  return parts.join(' · ');
}

function bar(share: number): string {
  const full = Math.max(0, Math.min(BAR_CELLS, Math.floor(share * BAR_CELLS)));
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
}

function formatRate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));
}
