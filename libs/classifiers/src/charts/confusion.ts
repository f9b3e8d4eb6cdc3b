import type { Spec } from 'vega';
import type { Metrics } from '../report/metrics.js';
import type { TrainingReport } from '../report/training-report.js';
import { distinctNames } from './distinct-names.js';
import { matrix } from './matrix.js';

const VERDICTS = ['said no, is no', 'said yes, is no', 'said no, is yes', 'said yes, is yes'];

/**
 * single: what it is against what was said. multi: how often each category was rightly and wrongly said. Cells are
 * coloured by their share of the row; empty cells are not drawn. null where nothing was measured.
 */
export function confusion({ metrics }: TrainingReport): Spec | null {
  const { counts, ...table } = tableOf(metrics);
  const cells = counts.flatMap((row, at) => {
    const sum = row.reduce((all, n) => all + n, 0);
    const name = table.rows[at] ?? '';
    return row.flatMap((n, to) => (n === 0 ? [] : [{ row: name, column: table.columns[to] ?? '', n, shade: n / sum }]));
  });
  return matrix({
    ...table,
    subtitle: `Number of images, n ${metrics.n}, none of them seen by the head that judged it`,
    cells,
    colours: { domain: [0, 1], range: { scheme: 'blues' } },
    legend: { title: 'share of the row', format: '.0%' },
    dark: 'datum.shade > 0.55',
  });
}

function tableOf(metrics: Metrics) {
  const rows = distinctNames(metrics.categories.map(({ name }) => name));
  if (metrics.confusion.length > 0) {
    const titles = { title: 'Confusion matrix', rowTitle: 'what it is', columnTitle: 'what was said' };
    return { ...titles, rows, columns: rows, counts: metrics.confusion };
  }
  const titles = { title: 'Decisions by category', rowTitle: 'category', columnTitle: 'decision at p ≥ 0.5' };
  return { ...titles, rows, columns: VERDICTS, counts: metrics.confusionByCategory.map((one) => one.flat()) };
}
