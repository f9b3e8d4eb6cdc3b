import type { Scale, Spec } from 'vega';
import { frame } from './frame.js';

/** Numbers are written into the cells of at most so many columns. */
const NUMBERS_UP_TO = 40;

/** A cell that is drawn; those that are not in the list stay empty. */
export interface Cell {
  readonly row: string;
  readonly column: string;
  /** Written into it. */
  readonly n: number;
  /** What its colour stands for. */
  readonly shade: number;
}

export interface Matrix {
  readonly title: string;
  readonly subtitle: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly rowTitle: string;
  readonly columnTitle: string;
  readonly cells: readonly Cell[];
  /** From `shade` to a colour. */
  readonly colours: Pick<Scale & { type: 'linear' }, 'domain' | 'range'>;
  readonly legend: { readonly title: string; readonly format: string };
  /** Vega expression over `datum`: is the colour so dark that a number on it has to be white? */
  readonly dark: string;
}

/** A table whose cells are coloured; null without cells. */
export function matrix({ rows, columns, cells, colours, legend, dark, ...words }: Matrix): Spec | null {
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
    data: [{ name: 'cells', values: [...cells] }],
    scales: [
      { name: 'x', type: 'band', domain: [...columns], range: 'width', padding: 0.04 },
      { name: 'y', type: 'band', domain: [...rows], range: 'height', padding: 0.04 },
      { name: 'colour', type: 'linear', ...colours },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: words.columnTitle, labelAngle: -40, labelAlign: 'right', ...label },
      { orient: 'left', scale: 'y', title: words.rowTitle, ...label },
    ],
    legends: [{ fill: 'colour', ...legend, orient: 'right', gradientLength: 120 }],
    marks: [
      {
        type: 'rect',
        from: { data: 'cells' },
        encode: {
          enter: {
            ...place,
            width: { scale: 'x', band: 1 },
            height: { scale: 'y', band: 1 },
            fill: { scale: 'colour', field: 'shade' },
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
                  fill: { signal: `${dark} ? 'white' : '#222'` },
                },
              },
            },
          ]),
    ],
  });
}
