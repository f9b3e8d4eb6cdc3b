import * as vega from 'vega';
import { MEASURES, type Quality } from './measures.js';

const BAR = 18;
/** Room for the longest title under its group. */
const LEAST_GROUP = 110;

/** Bars with 95 % intervals, one group for each measure, as SVG. */
export async function qualityChart(results: readonly { name: string; quality: Quality }[]): Promise<string> {
  const rows = results.flatMap(({ name, quality }) =>
    MEASURES.flatMap(({ key, title }) => {
      const measured = quality[key];
      if (measured === null) return [];
      const { mean, interval } = measured;
      return { name, measure: title, mean, low: Math.max(0, mean - interval), high: Math.min(1, mean + interval) };
    }),
  );
  const spec: vega.Spec = {
    $schema: 'https://vega.github.io/schema/vega/v6.json',
    background: 'white',
    padding: 10,
    width: MEASURES.length * Math.max(LEAST_GROUP, results.length * BAR + 30),
    height: 260,
    data: [{ name: 'rows', values: rows }],
    scales: [
      { name: 'measure', type: 'band', domain: MEASURES.map(({ title }) => title), range: 'width', paddingInner: 0.2 },
      { name: 'y', type: 'linear', domain: [0, 1], range: 'height' },
      { name: 'colour', type: 'ordinal', domain: results.map(({ name }) => name), range: { scheme: 'tableau10' } },
    ],
    axes: [
      { orient: 'bottom', scale: 'measure', labelLimit: 200 },
      { orient: 'left', scale: 'y', grid: true, tickCount: 5 },
    ],
    legends: [{ fill: 'colour', orient: 'top', direction: 'horizontal', columns: 3, labelLimit: 400 }],
    marks: [
      {
        type: 'group',
        from: { facet: { data: 'rows', name: 'group', groupby: 'measure' } },
        encode: { enter: { x: { scale: 'measure', field: 'measure' } } },
        signals: [{ name: 'width', update: "bandwidth('measure')" }],
        scales: [{ name: 'bar', type: 'band', domain: results.map(({ name }) => name), range: 'width', padding: 0.1 }],
        marks: [
          {
            type: 'rect',
            from: { data: 'group' },
            encode: {
              enter: {
                x: { scale: 'bar', field: 'name' },
                width: { scale: 'bar', band: 1 },
                y: { scale: 'y', field: 'mean' },
                y2: { scale: 'y', value: 0 },
                fill: { scale: 'colour', field: 'name' },
              },
            },
          },
          {
            type: 'rule',
            from: { data: 'group' },
            encode: {
              enter: {
                x: { scale: 'bar', field: 'name', band: 0.5 },
                y: { scale: 'y', field: 'low' },
                y2: { scale: 'y', field: 'high' },
                stroke: { value: '#222' },
              },
            },
          },
        ],
      },
    ],
  };
  return new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
}
