import type { Spec } from 'vega';
import type { SearchedPoint, TrainingReport } from '../report/training-report.js';
import { frame } from './frame.js';

/**
 * Every setting tried, its loss on images left out against one of its numbers, both on log axes. A setting of 0 has no
 * place on a log axis and is left out, as is one that diverged. null where nothing is left.
 */
function searched(
  points: readonly SearchedPoint[],
  title: string,
  axis: string,
  of: (point: SearchedPoint) => number | null,
): Spec | null {
  const values = points.flatMap((point) => {
    const setting = of(point);
    const { loss, standardError } = point;
    if (setting === null || setting <= 0 || loss === null || !(loss > 0)) return [];
    const series = `${point.kind} on ${point.taps.join(' + ')}`;
    const high = loss + (standardError ?? 0);
    return [{ setting, loss, low: Math.max(loss / 10, loss - (standardError ?? 0)), high, series }];
  });
  if (values.length === 0) return null;
  const x = { scale: 'x', field: 'setting' };
  const colour = { scale: 'colour', field: 'series' };
  const from = { data: 'points' };
  return frame({
    title,
    subtitle: 'Each point is one setting tried by cross-validation; lower is better. Bars: ± 1 standard error',
    data: [{ name: 'points', values }],
    scales: [
      { name: 'x', type: 'log', domain: widened(values.map(({ setting }) => setting)), range: 'width' },
      { name: 'y', type: 'log', domain: widened(values.flatMap(({ low, high }) => [low, high])), range: 'height' },
      {
        name: 'colour',
        type: 'ordinal',
        domain: [...new Set(values.map(({ series }) => series))],
        range: { scheme: 'tableau10' },
      },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: axis, grid: true, format: '.0e', tickCount: 6 },
      { orient: 'left', scale: 'y', title: 'validation loss', grid: true, format: '.2~g', tickCount: 6 },
    ],
    legends: [{ fill: 'colour', orient: 'bottom', direction: 'horizontal', columns: 2, labelLimit: 300 }],
    marks: [
      {
        type: 'rule',
        from,
        encode: {
          enter: {
            x,
            y: { scale: 'y', field: 'low' },
            y2: { scale: 'y', field: 'high' },
            stroke: colour,
            opacity: { value: 0.5 },
          },
        },
      },
      {
        type: 'symbol',
        from,
        encode: {
          enter: { x, y: { scale: 'y', field: 'loss' }, fill: colour, size: { value: 45 }, opacity: { value: 0.85 } },
        },
      },
    ],
  });
}

/** A margin on both sides, so that no point lies on an edge and a single value has an axis. */
function widened(values: readonly number[]): [number, number] {
  return [Math.min(...values) / 1.25, Math.max(...values) * 1.25];
}

export const searchedRegularisation = ({ searched: points }: TrainingReport): Spec | null =>
  searched(points, 'Regularisation against validation loss', 'L2 regularisation', ({ l2 }) => l2);

export const searchedLearningRate = ({ searched: points }: TrainingReport): Spec | null =>
  searched(points, 'Learning rate against validation loss', 'learning rate', ({ learningRate }) => learningRate);
