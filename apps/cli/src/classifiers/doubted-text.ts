import { formatTable } from '../format/table.js';
import type { DoubtedView } from './views.js';

/** What is put before a category, by what was said of it. */
export const HELD = { positive: '', negative: 'not ', cleared: 'no longer ' } as const;

/** Labels that a version found hard to believe, for a person. */
export function doubtedText(labels: DoubtedView['labels']): string {
  if (labels.length === 0) return 'No label is hard to believe.';
  return formatTable(
    [
      { title: 'IMAGE', right: true },
      { title: 'EXAMPLE', right: true },
      { title: 'LABEL' },
      { title: 'BELIEVED', right: true },
      { title: 'RATHER' },
      { title: 'STATE' },
    ],
    labels.map(({ image, example, category, value, probability, suggested, state }) => [
      image ?? '-',
      example,
      `${HELD[value]}${category}`,
      `${(100 * probability).toFixed(1)} %`,
      suggested ?? '-',
      state,
    ]),
  );
}

/** Near-duplicates that were labelled differently, group by group; empty where there are none. */
export function contradictionsText(contradictions: DoubtedView['contradictions']): string {
  const rows = contradictions.flatMap(({ duplicates, state }, group) =>
    duplicates.map(({ image, example, name, labels }, at) => [
      at === 0 ? String(group + 1) : '',
      image ?? '-',
      example,
      labels.map(({ category, value }) => `${HELD[value]}${category}`).join(', '),
      at === 0 ? state : '',
      name ?? '',
    ]),
  );
  if (rows.length === 0) return '';
  const table = formatTable(
    [
      { title: 'ALIKE', right: true },
      { title: 'IMAGE', right: true },
      { title: 'EXAMPLE', right: true },
      { title: 'LABELLED NOW' },
      { title: 'STATE' },
      { title: 'FILE' },
    ],
    rows,
  );
  return `Near-duplicates of each other that were labelled differently:\n${table}`;
}
