import { logisticResiduals, softmaxResiduals } from '../heads/linear-objective.js';
import type { Problem } from '../heads/problem.js';
import { fitPlatt } from '../calibration/platt.js';
import { fitTemperature, softmaxLoss } from '../calibration/temperature.js';

/** single: category numbers of the rows. */
export function labelsOf({ targets, units }: Pick<Problem, 'targets' | 'units'>): Int32Array {
  const rows = targets.length / units;
  return Int32Array.from({ length: rows }, (_, row) => targets.subarray(row * units, (row + 1) * units).indexOf(1));
}

/**
 * How good raw outputs are, as cross-validation judges them: the log-likelihood at the best temperature (single) or the best
 * Platt line (multi) for them, so that heads whose outputs have other units compare fairly.
 */
export function judge(problem: Pick<Problem, 'targets' | 'units' | 'mode'>, outputs: Float64Array) {
  const { units, targets } = problem;
  const rows = targets.length / units;
  if (problem.mode === 'single') {
    const labels = labelsOf(problem);
    const slope = fitTemperature(outputs, units, labels);
    return { loss: softmaxLoss(outputs, units, labels, slope), accuracy: accuracyOf(problem, outputs) };
  }
  let loss = 0;
  for (let unit = 0; unit < units; unit++) {
    const known = Array.from({ length: rows }, (_, row) => row).filter((row) => targets[row * units + unit] !== 0);
    const values = known.map((row) => outputs[row * units + unit] as number);
    const truths = known.map((row) => targets[row * units + unit] === 1);
    const { slope, offset } = fitPlatt(values, truths);
    const sum = values.reduce((total, value, at) => {
      const margin = (truths[at] ? 1 : -1) * (slope * value + offset);
      return total + Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin);
    }, 0);
    loss += sum / Math.max(1, known.length) / units;
  }
  return { loss, accuracy: accuracyOf(problem, outputs) };
}

/** single: share whose greatest output is right; multi: share of known labels whose output has the right sign. */
export function accuracyOf(
  { units, targets, mode }: Pick<Problem, 'targets' | 'units' | 'mode'>,
  outputs: Float64Array,
): number {
  const rows = targets.length / units;
  let right = 0;
  let all = 0;
  for (let row = 0; row < rows; row++) {
    if (mode === 'single') {
      let best = 0;
      for (let unit = 1; unit < units; unit++) {
        if ((outputs[row * units + unit] as number) > (outputs[row * units + best] as number)) best = unit;
      }
      right += targets[row * units + best] === 1 ? 1 : 0;
      all++;
      continue;
    }
    for (let unit = 0; unit < units; unit++) {
      const target = targets[row * units + unit] as number;
      if (target === 0) continue;
      all++;
      right += (outputs[row * units + unit] as number) > 0 === target > 0 ? 1 : 0;
    }
  }
  return all === 0 ? 0 : right / all;
}

/** The loss that heads are fitted to, of raw outputs as they are: cross-entropy, or the sum of logistic losses (multi). */
export function fittedLoss({ units, targets, weights, mode }: Omit<Problem, 'matrix'>, outputs: Float64Array): number {
  const residuals = mode === 'single' ? softmaxResiduals : logisticResiduals;
  const scratch = Float64Array.from(outputs);
  let sum = 0;
  for (let from = 0; from < scratch.length; from += units)
    sum += residuals(scratch, from, units, targets, weights, from);
  return sum;
}
