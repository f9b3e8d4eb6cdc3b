import type { Spec } from 'vega';
import type { Metrics } from '../report/metrics.js';
import type { TrainingReport } from '../report/training-report.js';
import { frame } from './frame.js';

/** Numbers are written into the cells of at most so many columns. */
const NUMBERS_UP_TO = 40;
const VERDICTS = ['said no, is no', 'said yes, is no', 'said no, is yes', 'said yes, is yes'];

interface Table {
  readonly title: string;
  readonly subtitle: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly rowTitle: string;
  readonly columnTitle: string;
  readonly counts: readonly (readonly number[])[];
}

/**
 * single: what it is against what was said. multi: how often each category was rightly and wrongly said. Cells are
 * coloured by their share of the row; empty cells are not drawn. null where nothing was measured.
 */
export function confusion({ metrics }: TrainingReport): Spec | null {
  const { rows, columns, counts, ...words } = tableOf(metrics);
  const cells = counts.flatMap((row, at) => {
    const sum = row.reduce((all, n) => all + n, 0);
    return row.flatMap((n, to) => (n === 0 ? [] : [{ row: rows[at], column: columns[to], n, share: n / sum }]));
  });
  if (cells.length === 0) return null;
  const side = Math.max(9, Math.min(44, Math.floor(900 / rows.length)));
  const column = Math.max(side, Math.floor(360 / columns.length));
  const row = Math.max(side, rows.length === columns.length ? column : 26);
  const place = { x: { scale: 'x', field: 'column' }, y: { scale: 'y', field: 'row' } };
  const label = { labelFontSize: Math.min(11, side), labelLimit: 160, ticks: false, domain: false };
  return frame({
    title: words.title,
    subtitle: words.subtitle,
    width: columns.length * column,
    height: rows.length * row,
    data: [{ name: 'cells', values: cells }],
    scales: [
      { name: 'x', type: 'band', domain: [...columns], range: 'width', padding: 0.04 },
      { name: 'y', type: 'band', domain: [...rows], range: 'height', padding: 0.04 },
      { name: 'colour', type: 'linear', domain: [0, 1], range: { scheme: 'blues' } },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: words.columnTitle, labelAngle: -40, labelAlign: 'right', ...label },
      { orient: 'left', scale: 'y', title: words.rowTitle, ...label },
    ],
    legends: [{ fill: 'colour', title: 'share of the row', format: '.0%', orient: 'right', gradientLength: 120 }],
    marks: [
      {
        type: 'rect',
        from: { data: 'cells' },
        encode: {
          enter: {
            ...place,
            width: { scale: 'x', band: 1 },
            height: { scale: 'y', band: 1 },
            fill: { scale: 'colour', field: 'share' },
          },
        },
      },
      ...(columns.length > NUMBERS_UP_TO
        ? []
        : [
            {
              type: 'text' as const,
              from: { data: 'cells' },
              encode: {
                enter: {
                  x: { scale: 'x', field: 'column', band: 0.5 },
                  y: { scale: 'y', field: 'row', band: 0.5 },
                  text: { signal: "format(datum.n, '.3~g')" },
                  align: { value: 'center' as const },
                  baseline: { value: 'middle' as const },
                  fontSize: { value: Math.min(12, side / 2.2) },
                  fill: { signal: "datum.share > 0.55 ? 'white' : '#222'" },
                },
              },
            },
          ]),
    ],
  });
}

function tableOf(metrics: Metrics): Table {
  const rows = distinct(metrics.categories.map(({ name }) => name));
  const subtitle = `Number of images, n ${metrics.n}, none of them seen by the head that judged it`;
  if (metrics.confusion.length > 0) {
    const titles = { title: 'Confusion matrix', rowTitle: 'what it is', columnTitle: 'what was said' };
    return { ...titles, subtitle, rows, columns: rows, counts: metrics.confusion };
  }
  const titles = { title: 'Decisions by category', rowTitle: 'category', columnTitle: 'decision at p ≥ 0.5' };
  return { ...titles, subtitle, rows, columns: VERDICTS, counts: metrics.confusionByCategory.map((one) => one.flat()) };
}

/** A band of its own for every category, also where two carry one name. */
function distinct(names: readonly string[]): string[] {
  return names.map((name, at) => (names.indexOf(name) === at ? name : `${name} (${at + 1})`));
}
