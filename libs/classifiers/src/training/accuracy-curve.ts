import { networkOutputs } from '../heads/network-outputs.js';
import { independentOf, type Observed } from '../report/independent.js';
import { wilson } from '../report/intervals.js';
import type { AccuracyCurvePoint } from '../report/training-report.js';
import { applyDesign, designOf } from './design.js';
import { fitHead, widthOf, type Candidate } from './fit-head.js';
import { accuracyOf } from './loss-of-outputs.js';
import type { PreparedSet } from './prepare-set.js';
import type { TrainingRequest } from './training-request.js';

const SHARES = [0.25, 0.5, 1];

/** Accuracy on images left out when only a share of the others is learnt from, by the folds of the search. */
export function accuracyCurve(
  data: PreparedSet,
  request: TrainingRequest,
  candidate: Candidate,
  picked: readonly number[],
  folds: Int32Array,
): AccuracyCurvePoint[] {
  const units = data.set.categories.length;
  const width = widthOf([candidate.kind], request, units);
  const count = folds.reduce((most, fold) => Math.max(most, fold), -1) + 1;
  const curve: AccuracyCurvePoint[] = [];
  for (const share of SHARES) {
    let hits = 0;
    const asked: Observed[] = [];
    let examples = 0;
    // Three folds are enough for a curve and keep it cheap.
    for (let fold = 0; fold < Math.min(3, count); fold++) {
      const trained = thin(
        data,
        picked.filter((_, at) => folds[at] !== fold),
        share,
      );
      const left = picked.filter((row, at) => folds[at] === fold && !data.isCopy[row]);
      if (left.length === 0 || trained === null) continue;
      const { problem, standardiser } = designOf(
        data,
        candidate.taps,
        trained,
        width,
        request.classWeights === 'balanced',
      );
      const fit = fitHead(problem, candidate, { request, seed: request.seed, tolerance: 1e-3 });
      const validation = applyDesign(data, candidate.taps, left, width, standardiser);
      hits += accuracyOf(validation, networkOutputs(fit, validation.matrix)) * left.length;
      for (const at of left) asked.push({ group: data.groups[at] as number, weight: 1 });
      examples = trained.filter((at) => !data.isCopy[at]).length / units;
    }
    if (asked.length === 0) continue;
    const independent = independentOf(asked);
    const { value, low, high, n } = wilson((hits / asked.length) * independent, independent);
    curve.push({ examplesPerCategory: Math.round(examples), accuracy: value ?? 0, low, high, n });
  }
  return curve;
}

/**
 * The first share of every category's images, with the augmented copies of those; null where a category would be left
 * without any or with nothing against it.
 */
function thin(data: PreparedSet, rows: readonly number[], share: number): number[] | null {
  if (share === 1) return [...rows];
  const units = data.set.categories.length;
  const kept = new Set<number>();
  for (let unit = 0; unit < units; unit++) {
    for (const label of [1, -1]) {
      if (data.set.mode === 'single' && label < 0) continue;
      const own = rows.filter((at) => !data.isCopy[at] && data.targets[at * units + unit] === label);
      const count = Math.floor(own.length * share);
      if (count === 0) return null;
      for (const at of own.slice(0, count)) kept.add(at);
    }
  }
  const originalOf = originals(data);
  return rows.filter((at) => kept.has(originalOf(at)));
}

/** Where the image stands that a row is an augmented copy of; itself for what is none. */
function originals({ set, rows, isCopy }: PreparedSet): (at: number) => number {
  const position = new Map(Array.from(rows, (row, at) => [row, at]));
  return (at) => (isCopy[at] ? (position.get(set.copyOf?.[rows[at] as number] ?? -1) ?? -1) : at);
}
