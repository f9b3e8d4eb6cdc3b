import { networkOutputs } from '../heads/network-outputs.js';
import { applyDesign, designOf, gatherRaw } from './design.js';
import { fitHead, widthOf, type Candidate } from './fit-head.js';
import { accuracyOf } from './loss-of-outputs.js';
import type { PreparedSet } from './prepare-set.js';
import type { TrainingRequest } from './training-request.js';
import { fitRefusal } from '../refusal/class-distance.js';

/** What heads that did not see a row said of it. */
export interface OutOfFold {
  /** Positions in the prepared set. */
  readonly rows: readonly number[];
  /** Fold of each. */
  readonly folds: readonly number[];
  /** Row-major rows × C, raw. */
  readonly values: Float64Array;
  /** Distance from whatever the head had seen, per row. */
  readonly distances: Float64Array;
  /** Mean over folds of the accuracy on the rows that were fitted to. */
  readonly trainAccuracy: number;
}

/** Fits once for every fold of `picked`, without it, and asks what the fit says of it. Copies are never asked. */
export function outOfFold(
  data: PreparedSet,
  request: TrainingRequest,
  candidate: Candidate,
  picked: readonly number[],
  folds: Int32Array,
): OutOfFold {
  const units = data.set.categories.length;
  const width = widthOf([candidate.kind], request, units);
  const count = folds.reduce((most, fold) => Math.max(most, fold), -1) + 1;
  const rows: number[] = [];
  const rowFolds: number[] = [];
  const values: number[] = [];
  const distances: number[] = [];
  const accuracies: number[] = [];
  for (let fold = 0; fold < count; fold++) {
    const trained = picked.filter((_, at) => folds[at] !== fold);
    const left = picked.filter((row, at) => folds[at] === fold && !data.isCopy[row]);
    if (left.length === 0) continue;
    const { problem, standardiser } = designOf(
      data,
      candidate.taps,
      trained,
      width,
      request.classWeights === 'balanced',
    );
    const fit = fitHead(problem, candidate, { request, seed: request.seed, tolerance: 1e-4 });
    accuracies.push(accuracyOf(problem, networkOutputs(fit, problem.matrix)));
    const validation = applyDesign(data, candidate.taps, left, width, standardiser);
    for (const value of networkOutputs(fit, validation.matrix)) values.push(value);
    const refusal = fitRefusal(problem, standardiser);
    for (const distance of refusal.distances(gatherRaw(data, candidate.taps, left))) distances.push(distance);
    rows.push(...left);
    rowFolds.push(...left.map(() => fold));
  }
  return {
    rows,
    folds: rowFolds,
    values: Float64Array.from(values),
    distances: Float64Array.from(distances),
    trainAccuracy: accuracies.reduce((sum, value) => sum + value, 0) / Math.max(1, accuracies.length),
  };
}
