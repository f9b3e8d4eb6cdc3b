import { formatCount, formatNoun } from '../format/quantities.js';
import { formatTable } from '../format/table.js';
import type { Findings } from '../service/service.js';

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
      `${found.width}×${found.height}`,
      found.source,
    ]),
  );
  const explained = folder === undefined ? '' : `; explained in ${folder}`;
  return `${table}\n${formatCount(results.length)} found; ${among}${explained}`;
}
