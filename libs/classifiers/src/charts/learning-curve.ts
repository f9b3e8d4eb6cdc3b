import type { Mark, Spec } from 'vega';
import type { TrainingReport } from '../report/training-report.js';
import { frame } from './frame.js';

const LINES = ['training', 'validation', 'training accuracy', 'validation accuracy'];
const COLOURS = ['#1f77b4', '#e45756', '#9ecae9', '#f4a6a3'];

/** Loss and accuracy against the step of the fit, on images it was fitted on and on images left out; null without a curve. */
export function learningCurve({ learningCurve: points, chosen }: TrainingReport): Spec | null {
  const known = (step: number, value: number | null, of: string) =>
    value !== null && Number.isFinite(value) ? [{ step, value, of }] : [];
  const losses = points.flatMap(({ step, trainLoss, validationLoss }) => [
    ...known(step, trainLoss, 'training'),
    ...known(step, validationLoss, 'validation'),
  ]);
  const shares = points.flatMap(({ step, trainAccuracy, validationAccuracy }) => [
    ...known(step, trainAccuracy, 'training accuracy'),
    ...known(step, validationAccuracy, 'validation accuracy'),
  ]);
  if (losses.length === 0) return null;
  const drawn = new Set([...losses, ...shares].map(({ of }) => of));
  const isLeftOut = drawn.has('validation');
  return frame({
    title: 'Learning curve',
    subtitle: `${chosen.kind} on ${chosen.taps.join(' + ')}: on images fitted on${isLeftOut ? ' and on images left out' : ''}`,
    data: [
      { name: 'losses', values: losses },
      { name: 'shares', values: shares },
    ],
    scales: [
      { name: 'x', type: 'linear', domain: { data: 'losses', field: 'step' }, range: 'width', zero: false },
      {
        name: 'loss',
        type: 'linear',
        domain: { data: 'losses', field: 'value' },
        range: 'height',
        zero: true,
        nice: true,
      },
      { name: 'share', type: 'linear', domain: [0, 1], range: 'height' },
      {
        name: 'colour',
        type: 'ordinal',
        domain: LINES.filter((line) => drawn.has(line)),
        range: COLOURS.filter((_, at) => drawn.has(LINES[at] ?? '')),
      },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: 'step', tickMinStep: 1, tickCount: 8 },
      { orient: 'left', scale: 'loss', title: 'loss', grid: true, tickCount: 6 },
      ...(shares.length === 0
        ? []
        : [{ orient: 'right' as const, scale: 'share', title: 'accuracy', format: '.0%', tickCount: 6 }]),
    ],
    legends: [{ stroke: 'colour', symbolType: 'stroke', orient: 'right', labelLimit: 240 }],
    marks: [lines('losses', 'loss'), lines('shares', 'share')],
  });
}

/** A line for each sort of value. */
function lines(data: string, scale: string): Mark {
  const y = { scale, field: 'value' };
  const stroke = { scale: 'colour', field: 'of' };
  return {
    type: 'group',
    from: { facet: { name: `line of ${data}`, data, groupby: 'of' } },
    marks: [
      {
        type: 'line',
        from: { data: `line of ${data}` },
        encode: { enter: { x: { scale: 'x', field: 'step' }, y, stroke, strokeWidth: { value: 2 } } },
      },
    ],
  };
}
