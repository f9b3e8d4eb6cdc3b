import { formatCount, formatNoun, formatSize } from '../format/quantities.js';
import { formatTable } from '../format/table.js';
import type { Findings, FoundImage } from '../service/service.js';

/** Near-duplicates of one result that are named. */
const MOST_NAMED = 5;

/** @param folder where explanations were written, if they were asked for */
export function findingsText(
  {
    matched,
    plan,
    results,
  }: Pick<Findings, 'matched' | 'plan'> & {
    readonly results: readonly Omit<Findings['results'][number], 'explanation'>[];
  },
  folder: string | undefined,
): string {
  const among = `searched ${formatNoun(matched, 'image')} (${plan})`;
  if (results.length === 0) return `Nothing found; ${among}.`;
  const table = formatTable(
    [
      { title: '#', right: true },
      { title: 'SCORE', right: true },
      { title: 'ID', right: true },
      { title: 'SIZE', right: true },
      { title: 'SOURCE' },
    ],
    results.map((found, index) => [
      String(index + 1),
      found.score.toFixed(4),
      String(found.id),
      formatSize(found),
      found.source + alike(found),
    ]),
  );
  const explained = folder === undefined ? '' : `; explained in ${folder}`;
  return `${table}\n${formatCount(results.length)} found; ${among}${explained}`;
}

/** Names what was folded into a result. */
function alike({ duplicates = [] }: Pick<FoundImage, 'duplicates'>): string {
  if (duplicates.length === 0) return '';
  const named = duplicates.slice(0, MOST_NAMED).map(({ id }) => String(id));
  const more = duplicates.length > MOST_NAMED ? ` and ${duplicates.length - MOST_NAMED} more` : '';
  return ` (also ${named.join(', ')}${more})`;
}
