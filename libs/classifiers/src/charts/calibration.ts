import type { Spec } from 'vega';
import type { TrainingReport } from '../report/training-report.js';
import { frame } from './frame.js';

const percent = (share: number | null) => (share === null ? 'unknown' : `${(100 * share).toFixed(1)} %`);

/** How often the head was right against how sure it was, in bins of equal mass; null without bins. */
export function calibration({ metrics }: TrainingReport): Spec | null {
  const { bins, ece } = metrics.calibration;
  if (bins.length === 0) return null;
  const x = { scale: 'x', field: 'confidence' };
  const y = { scale: 'y', field: 'accuracy' };
  return frame({
    title: 'Calibration',
    subtitle: `On the dashed line probabilities are true. Expected calibration error ${percent(ece.value)} (${percent(ece.low)} to ${percent(ece.high)}), n ${ece.n}`,
    width: 380,
    height: 380,
    data: [
      { name: 'bins', values: bins.map((bin) => ({ ...bin })) },
      { name: 'ideal', values: [{ at: 0 }, { at: 1 }] },
    ],
    scales: [
      { name: 'x', type: 'linear', domain: [0, 1], range: 'width' },
      { name: 'y', type: 'linear', domain: [0, 1], range: 'height' },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: 'mean probability of the bin', format: '.0%', grid: true, tickCount: 5 },
      { orient: 'left', scale: 'y', title: 'share that was right', format: '.0%', grid: true, tickCount: 5 },
    ],
    marks: [
      {
        type: 'line',
        from: { data: 'ideal' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'at' },
            y: { scale: 'y', field: 'at' },
            stroke: { value: '#888' },
            strokeDash: { value: [5, 4] },
          },
        },
      },
      {
        type: 'rule',
        from: { data: 'bins' },
        encode: {
          enter: {
            x,
            y,
            y2: { scale: 'y', field: 'confidence' },
            stroke: { value: '#e45756' },
            strokeWidth: { value: 1.5 },
          },
        },
      },
      {
        type: 'symbol',
        from: { data: 'bins' },
        encode: { enter: { x, y, fill: { value: '#1f77b4' }, size: { value: 55 }, opacity: { value: 0.85 } } },
      },
    ],
  });
}
