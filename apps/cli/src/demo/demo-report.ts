import { formatPercent } from '../format/quantities.js';
import { formatTable } from '../format/table.js';
import type { AnsweredQuery, Evaluation } from './evaluation.js';
import type { Estimate } from './metrics.js';

/** Queries printed where there are no categories. */
const PLAIN_QUERIES_SHOWN = 12;

/** What a demo prints: the neighbours of one query of each category, then how often they were of its category. */
export function demoReport(queries: readonly AnsweredQuery[], evaluation: Evaluation): string {
  const blocks = examplesOf(queries).map(queryText);
  if (evaluation.overall === undefined) return blocks.join('\n');
  const table = formatTable(
    [
      { title: 'CATEGORY' },
      { title: `PRECISION@${evaluation.k}`, right: true },
      { title: '95 % INTERVAL', right: true },
      { title: 'QUERIES', right: true },
    ],
    [...evaluation.categories.map((one) => estimateRow(one.category, one)), estimateRow('all', evaluation.overall)],
  );
  const { overall, k } = evaluation;
  const verdict = `Precision at ${k}: ${formatPercent(overall.value)} (95 % interval ${interval(overall)}, n = ${overall.n} unseen queries)`;
  return [...blocks, '', table, '', verdict].join('\n');
}

const estimateRow = (name: string, estimate: Estimate): string[] => [
  name,
  formatPercent(estimate.value),
  interval(estimate),
  String(estimate.n),
];

const interval = ({ low, high }: Estimate): string => `${(low * 100).toFixed(1)} – ${(high * 100).toFixed(1)} %`;

/** The first query of each category. */
function examplesOf(queries: readonly AnsweredQuery[]): AnsweredQuery[] {
  const seen = new Set<string>();
  return queries
    .filter(({ category }) => {
      if (category === undefined) return true;
      if (seen.has(category)) return false;
      seen.add(category);
      return true;
    })
    .filter(({ category }, index) => category !== undefined || index < PLAIN_QUERIES_SHOWN);
}

function queryText(query: AnsweredQuery): string {
  const labelled = (name: string, category: string | undefined) =>
    category === undefined ? name : `${category}/${name}`;
  const lines = query.neighbours.map((neighbour) => {
    const mark = query.category === undefined ? ' ' : neighbour.category === query.category ? '✓' : '✗';
    return `  ${mark} ${neighbour.score.toFixed(3)}  ${labelled(neighbour.name, neighbour.category)}`;
  });
  return [labelled(query.name, query.category), ...lines].join('\n');
}
