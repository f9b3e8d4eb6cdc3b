import type { Spec } from 'vega';
import type { HeadDocument } from '../scoring/head-document.js';
import { unpack64 } from '../scoring/pack.js';
import { frame } from './frame.js';

const BINS = 61;

/**
 * How the learned weights of the layer that reads the features are spread, by tap. The features are standardised, so weights
 * can be compared. null where all of them are zero.
 */
export function weights({ taps, layers }: HeadDocument): Spec | null {
  const [{ inputs, weights: packed }] = layers as [HeadDocument['layers'][number]];
  const learned = unpack64(packed);
  const most = learned.reduce((greatest, weight) => Math.max(greatest, Math.abs(weight)), 0);
  if (most === 0) return null;
  const width = (2 * most) / BINS;
  const zero = learned.reduce((count, weight) => count + Number(weight === 0), 0) / learned.length;
  const bars: object[] = [];
  const under = new Float64Array(BINS);
  let from = 0;
  for (const { name, dimension } of taps) {
    const counts = new Float64Array(BINS);
    for (let at = 0; at < learned.length; at++) {
      const column = at % inputs;
      if (column < from || column >= from + dimension) continue;
      const bin = Math.min(BINS - 1, Math.floor(((learned[at] as number) + most) / width));
      counts[bin] = (counts[bin] as number) + 1;
    }
    for (const [bin, count] of counts.entries()) {
      if (count === 0) continue;
      const base = under[bin] as number;
      bars.push({ tap: name, left: bin * width - most, right: (bin + 1) * width - most, base, top: base + count });
      under[bin] = base + count;
    }
    from += dimension;
  }
  return frame({
    title: layers.length === 1 ? 'Learned weights' : 'Learned weights of the first layer',
    subtitle: `${learned.length} weights, ${(100 * zero).toFixed(1)} % of them zero. L1 makes zeros; a few far out call for more L2`,
    data: [{ name: 'bars', values: bars }],
    scales: [
      { name: 'x', type: 'linear', domain: [-most, most], range: 'width' },
      { name: 'y', type: 'linear', domain: { data: 'bars', field: 'top' }, range: 'height', zero: true },
      { name: 'tap', type: 'ordinal', domain: taps.map(({ name }) => name), range: { scheme: 'tableau10' } },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: 'weight', tickCount: 7 },
      { orient: 'left', scale: 'y', title: 'how many', grid: true, tickCount: 6 },
    ],
    legends: [{ fill: 'tap', title: 'features of', orient: 'right' }],
    marks: [
      {
        type: 'rect',
        from: { data: 'bars' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'left' },
            x2: { scale: 'x', field: 'right' },
            y: { scale: 'y', field: 'top' },
            y2: { scale: 'y', field: 'base' },
            fill: { scale: 'tap', field: 'tap' },
          },
        },
      },
    ],
  });
}
