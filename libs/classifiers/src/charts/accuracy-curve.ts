import type { Spec } from 'vega';
import type { TrainingReport } from '../report/training-report.js';
import { frame } from './frame.js';

/** Accuracy with its 95 % interval against the number of examples; null without points. */
export function accuracyCurve({ accuracyCurve: points }: TrainingReport): Spec | null {
  if (points.length === 0) return null;
  const x = { scale: 'x', field: 'examplesPerCategory' };
  const y = { scale: 'y', field: 'accuracy' };
  const from = { data: 'points' };
  const colour = { value: '#1f77b4' };
  return frame({
    title: 'Accuracy over number of examples',
    subtitle: 'Rising at the right end: more labels would help. Bars: 95 % intervals',
    data: [{ name: 'points', values: points.map((point) => ({ ...point })) }],
    scales: [
      {
        name: 'x',
        type: 'linear',
        domain: { data: 'points', field: 'examplesPerCategory' },
        range: 'width',
        zero: true,
      },
      { name: 'y', type: 'linear', domain: [0, 1], range: 'height' },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: 'examples per category', tickMinStep: 1, tickCount: 8 },
      { orient: 'left', scale: 'y', title: 'accuracy', grid: true, format: '.0%', tickCount: 6 },
    ],
    marks: [
      {
        type: 'rule',
        from,
        encode: {
          enter: {
            x,
            y: { scale: 'y', field: 'low' },
            y2: { scale: 'y', field: 'high' },
            stroke: { value: '#9ecae9' },
            strokeWidth: { value: 4 },
          },
        },
      },
      { type: 'line', from, encode: { enter: { x, y, stroke: colour, strokeWidth: { value: 2 } } } },
      { type: 'symbol', from, encode: { enter: { x, y, fill: colour, size: { value: 50 } } } },
    ],
  });
}
