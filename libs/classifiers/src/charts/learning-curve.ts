import type { Spec } from 'vega';
import type { TrainingReport } from '../report/training-report.js';
import { frame } from './frame.js';

const LINES = ['training', 'validation'];

/** Loss against the step of the fit, on images it was fitted on and on images left out; null without a curve. */
export function learningCurve({ learningCurve: points, chosen }: TrainingReport): Spec | null {
  const values = points.flatMap(({ step, trainLoss, validationLoss }) => [
    { step, loss: trainLoss, of: 'training' },
    ...(validationLoss === null ? [] : [{ step, loss: validationLoss, of: 'validation' }]),
  ]);
  const finite = values.filter(({ loss }) => Number.isFinite(loss));
  if (finite.length === 0) return null;
  const x = { scale: 'x', field: 'step' };
  const y = { scale: 'y', field: 'loss' };
  const stroke = { scale: 'colour', field: 'of' };
  return frame({
    title: 'Learning curve',
    subtitle: `${chosen.kind} on ${chosen.taps.join(' + ')}: loss on images fitted on and on images left out`,
    data: [{ name: 'points', values: finite }],
    scales: [
      { name: 'x', type: 'linear', domain: { data: 'points', field: 'step' }, range: 'width', zero: false },
      { name: 'y', type: 'linear', domain: { data: 'points', field: 'loss' }, range: 'height', zero: true, nice: true },
      { name: 'colour', type: 'ordinal', domain: LINES, range: ['#1f77b4', '#e45756'] },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: 'step', tickMinStep: 1, tickCount: 8 },
      { orient: 'left', scale: 'y', title: 'loss', grid: true, tickCount: 6 },
    ],
    legends: [{ stroke: 'colour', symbolType: 'stroke', orient: 'top-right' }],
    marks: [
      {
        type: 'group',
        from: { facet: { name: 'line', data: 'points', groupby: 'of' } },
        marks: [
          { type: 'line', from: { data: 'line' }, encode: { enter: { x, y, stroke, strokeWidth: { value: 2 } } } },
        ],
      },
    ],
  });
}
