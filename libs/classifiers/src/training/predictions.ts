import {
  calibrateRow,
  fitCalibration,
  plainCalibration,
  thresholdsOf,
  type Calibration,
  type Outputs,
} from '../calibration/calibrator.js';
import { groupedShare } from '../report/independent.js';
import type { Estimate } from '../report/metrics.js';
import { networkOutputs } from '../heads/network-outputs.js';
import type { Prediction } from '../report/measure.js';
import { applyDesign, gatherRaw } from './design.js';
import { widthOf, type Candidate } from './fit-head.js';
import { outOfFold, type OutOfFold } from './out-of-fold.js';
import type { PreparedSet } from './prepare-set.js';
import type { Fitted } from './fit-final.js';
import type { Split } from './split-rows.js';
import type { TrainingRequest } from './training-request.js';

/** Everything that calibration, measuring and the document need of rows the head did not see. */
export interface Predicted {
  readonly predictions: readonly Prediction[];
  /** What the head is given: fitted to every row that may be used for it. */
  readonly calibration: Calibration;
  readonly thresholds: readonly (number | null)[];
  /** Greatest distance that is accepted. */
  readonly refusalThreshold: number;
  /** The distances it rests on. */
  readonly distances: Float64Array;
  /** Of the rows measured on, the share that such a threshold lets through; null where nothing was measured. */
  readonly accepted: Estimate | null;
  /** Rows with probabilities of heads that did not see them, for the most suspicious labels. */
  readonly outOfFold: readonly Prediction[];
}

/**
 * three-way: calibrated on the calibration fold, measured on the test fold. Rows that were trained on are asked of heads
 * fitted without them, so that their labels can be doubted too.
 *
 * @param folds of the rows trained on
 */
export function predictFold(
  data: PreparedSet,
  request: TrainingRequest,
  candidate: Candidate,
  { fit, standardiser, refusal }: Fitted,
  split: Extract<Split, { scheme: 'three-way' }>,
  folds: Int32Array,
): Predicted {
  const width = widthOf([candidate.kind], request, data.set.categories.length);
  const ask = (picked: readonly number[]) => {
    const problem = applyDesign(data, candidate.taps, picked, width, standardiser);
    return outputsOf(data, picked, networkOutputs(fit, problem.matrix));
  };
  const outputs = ask(split.calibration);
  const calibration = fitCalibration(outputs);
  const thresholds = thresholdsOf(outputs, calibration, request.targetPrecision);
  const distances = refusal.distances(gatherRaw(data, candidate.taps, split.calibration));
  const refusalThreshold = quantile(distances, request.acceptance);
  const testDistances = refusal.distances(gatherRaw(data, candidate.taps, split.test));
  const predictions = predictionsOf(data, split.test, ask(split.test), calibration, thresholds, 1);
  return {
    predictions,
    calibration,
    thresholds,
    refusalThreshold,
    distances,
    accepted: groupedShare(
      split.test.map((at, row) => ({
        group: data.groups[at] as number,
        weight: 1,
        hit: Number((testDistances[row] as number) <= refusalThreshold),
      })),
    ),
    outOfFold: [
      ...predictions,
      ...predictionsOf(data, split.calibration, outputs, calibration, thresholds, 1),
      ...calibratedByOthers(data, request, outOfFold(data, request, candidate, split.train, folds), 1).predictions,
    ],
  };
}

/**
 * cross-fit: every fold is calibrated, and given thresholds, by what was said of the other folds, so that no number was
 * fitted to the row it judges; the head's own calibration uses all of them.
 */
export function predictCrossFitted(
  data: PreparedSet,
  request: TrainingRequest,
  candidate: Candidate,
  foldings: readonly Int32Array[],
): Predicted {
  const all = Array.from(data.rows, (_, at) => at);
  const asked = foldings.map((folds) => outOfFold(data, request, candidate, all, folds));
  const judged = asked.map((one) => calibratedByOthers(data, request, one, 1 / foldings.length));
  const predictions = judged.flatMap((one) => one.predictions);
  const units = data.set.categories.length;
  const values = Float64Array.from(asked.flatMap((one) => Array.from(one.values)));
  const pooled = outputsOf(
    data,
    asked.flatMap(({ rows }) => rows),
    values,
  );
  const isEmpty = pooled.values.length === 0;
  const calibration = isEmpty
    ? plainCalibration(data.set.mode, units)
    : fitCalibration({ ...pooled, repeats: foldings.length });
  const distances = Float64Array.from(asked.flatMap((one) => Array.from(one.distances)));
  return {
    predictions,
    calibration,
    thresholds: thresholdsOf(pooled, calibration, request.targetPrecision),
    refusalThreshold: quantile(distances, request.acceptance),
    distances,
    accepted: isEmpty ? null : groupedShare(judged.flatMap(({ accepted }) => accepted)),
    outOfFold: predictions,
  };
}

/** What was said of each fold, calibrated by what was said of the others; and whether their distances would let it through. */
function calibratedByOthers(data: PreparedSet, request: TrainingRequest, one: OutOfFold, weight: number) {
  const predictions: Prediction[] = [];
  const accepted: { group: number; weight: number; hit: number }[] = [];
  for (const fold of new Set(one.folds)) {
    const own = positionsWhere(one, (other) => other === fold);
    const others = positionsWhere(one, (other) => other !== fold);
    const outputs = pickOutputs(data, one, others);
    const calibration = others.length > 0 ? fitCalibration(outputs) : plainCalibration(data.set.mode, outputs.units);
    const thresholds = thresholdsOf(outputs, calibration, request.targetPrecision);
    const rows = own.map((at) => one.rows[at] as number);
    predictions.push(...predictionsOf(data, rows, pickOutputs(data, one, own), calibration, thresholds, weight));
    const limit = quantile(
      Float64Array.from(others, (at) => one.distances[at] as number),
      request.acceptance,
    );
    for (const at of own) {
      const group = data.groups[one.rows[at] as number] as number;
      accepted.push({ group, weight, hit: Number((one.distances[at] as number) <= limit) });
    }
  }
  return { predictions, accepted };
}

/** The value below which `share` of the values lie; infinity for none, so that nothing is refused. */
export function quantile(values: Float64Array, share: number): number {
  if (values.length === 0) return Infinity;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number;
}

const positionsWhere = (one: OutOfFold, belongs: (fold: number) => boolean): number[] =>
  one.folds.flatMap((fold, at) => (belongs(fold) ? [at] : []));

function pickOutputs(data: PreparedSet, one: OutOfFold, positions: readonly number[]): Outputs {
  const units = data.set.categories.length;
  const values = new Float64Array(positions.length * units);
  positions.forEach((at, to) => values.set(one.values.subarray(at * units, (at + 1) * units), to * units));
  return outputsOf(
    data,
    positions.map((at) => one.rows[at] as number),
    values,
  );
}

function outputsOf(data: PreparedSet, picked: readonly number[], values: Float64Array): Outputs {
  const units = data.set.categories.length;
  const targets = new Int8Array(picked.length * units);
  picked.forEach((at, to) => targets.set(data.targets.subarray(at * units, (at + 1) * units), to * units));
  const examples = Int32Array.from(picked, (at) => data.groups[at] as number);
  return { mode: data.set.mode, units, values, targets, examples };
}

function predictionsOf(
  data: PreparedSet,
  picked: readonly number[],
  { values, units }: Outputs,
  calibration: Calibration,
  thresholds: readonly (number | null)[],
  weight: number,
): Prediction[] {
  const plain = plainCalibration(data.set.mode, units);
  return picked.map((at, row) => {
    const raw = values.slice(row * units, (row + 1) * units);
    const uncalibrated = calibrateRow(plain, Float64Array.from(raw));
    return { at, probabilities: calibrateRow(calibration, raw), uncalibrated, thresholds, weight };
  });
}
