import { describe, expect, it } from 'vitest';
import { FeatureMatrix } from '../numeric/feature-matrix.js';
import { fitLinear } from './fit-linear.js';
import { fitNetwork } from './fit-network.js';
import { fitSvm } from './fit-svm.js';
import { labelWeights, type Problem } from './problem.js';

/** Six rows: four of the first category, one of the second, one of the third. */
const single = Int8Array.from(
  [[0], [0], [0], [0], [1], [2]].flatMap(([own]) => [0, 1, 2].map((unit) => (unit === own ? 1 : -1))),
);
/** Two yes/no questions: 3 yes, 1 no, 2 unknown; 1 yes, 5 no. */
const multi = Int8Array.of(1, 1, 1, -1, 1, -1, -1, -1, 0, -1, 0, -1);

const column = (weights: Float64Array, units: number, unit: number): number[] =>
  Array.from(weights).filter((_, at) => at % units === unit);

describe('labelWeights', () => {
  it('single: every row the same, at its category', () => {
    const weights = labelWeights('single', 3, single, false);
    expect(column(weights, 3, 0)).toEqual([1 / 6, 1 / 6, 1 / 6, 1 / 6, 0, 0]);
    expect(column(weights, 3, 1)).toEqual([0, 0, 0, 0, 1 / 6, 0]);
    expect(column(weights, 3, 2)).toEqual([0, 0, 0, 0, 0, 1 / 6]);
  });

  it('single, balanced: every category a third, however many rows it has', () => {
    const weights = labelWeights('single', 3, single, true);
    expect(column(weights, 3, 0)).toEqual([1 / 12, 1 / 12, 1 / 12, 1 / 12, 0, 0]);
    expect(column(weights, 3, 1)).toEqual([0, 0, 0, 0, 1 / 3, 0]);
  });

  it('a category without rows takes nothing from the others', () => {
    const weights = labelWeights('single', 3, single.subarray(0, 15), true);
    expect(column(weights, 3, 0)).toEqual([1 / 8, 1 / 8, 1 / 8, 1 / 8, 0]);
    expect(column(weights, 3, 1)).toEqual([0, 0, 0, 0, 1 / 2]);
  });

  it('multi: every known label the same; unknown ones weigh nothing', () => {
    const weights = labelWeights('multi', 2, multi, false);
    expect(column(weights, 2, 0)).toEqual([1 / 4, 1 / 4, 1 / 4, 1 / 4, 0, 0]);
    expect(column(weights, 2, 1)).toEqual(Array.from({ length: 6 }, () => 1 / 6));
  });

  it('multi, balanced: half for yes and half for no', () => {
    const weights = labelWeights('multi', 2, multi, true);
    expect(column(weights, 2, 0)).toEqual([0.5 / 3, 0.5 / 3, 0.5 / 3, 0.5, 0, 0]);
    expect(column(weights, 2, 1)).toEqual([0.5, 0.1, 0.1, 0.1, 0.1, 0.1]);
  });

  it('multi, balanced: a question with one answer only is left as it is', () => {
    expect(Array.from(labelWeights('multi', 1, Int8Array.of(1, 1, 0, 1), true))).toEqual([1 / 3, 1 / 3, 0, 1 / 3]);
  });
});

/** Features that say nothing: the biases then end at what each category weighs, which is known exactly. */
describe('a fit to features that say nothing', () => {
  function blank(mode: Problem['mode'], units: number, targets: Int8Array, balanced: boolean): Problem {
    const rows = targets.length / units;
    const matrix = new FeatureMatrix(rows, 4, units);
    return { mode, units, matrix, targets, weights: labelWeights(mode, units, targets, balanced) };
  }
  const steps = {
    hidden: [],
    dropout: 0,
    momentum: 0.9,
    l2: 0.1,
    l1: 0,
    learningRate: 0.3,
    batchSize: 6,
    epochs: 400,
    seed: 1,
  };
  const solvers: [string, (problem: Problem) => Float64Array | undefined][] = [
    ['solver', (problem) => fitLinear(problem, { l2: 0.1, tolerance: 1e-12 }).layers[0]?.bias],
    ['steps', (problem) => fitNetwork(problem, { ...steps, schedule: 'constant' }).layers[0]?.bias],
    [
      'steps over small batches',
      (problem) =>
        fitNetwork(problem, { ...steps, batchSize: 2, schedule: 'inverse', learningRate: 3, momentum: 0 }).layers[0]
          ?.bias,
    ],
  ];

  describe.each(solvers)('softmax, %s', (what, biasOf) => {
    const digits = what === 'steps over small batches' ? 1 : 4;
    it.each([
      [false, [4 / 6, 1 / 6, 1 / 6]],
      [true, [1 / 3, 1 / 3, 1 / 3]],
    ])('balanced: %s', (balanced, shares) => {
      const bias = Array.from(biasOf(blank('single', 3, single, balanced)) ?? []).map(Math.exp);
      const all = bias.reduce((sum, value) => sum + value, 0);
      bias.forEach((value, at) => expect(value / all).toBeCloseTo(shares[at] ?? NaN, digits));
    });

    it.each([
      [false, [3 / 4, 1 / 6]],
      [true, [1 / 2, 1 / 2]],
    ])('several yes/no questions, balanced: %s', (balanced, shares) => {
      const bias = Array.from(biasOf(blank('multi', 2, multi, balanced)) ?? []);
      expect(bias).toHaveLength(2);
      bias.forEach((value, at) => expect(1 / (1 + Math.exp(-value))).toBeCloseTo(shares[at] ?? NaN, digits));
    });
  });

  /** Σ weight · (1 − y·b)² + l2/2 · b² is least at b = 2(for − against) ÷ (2(for + against) + l2). */
  it.each([
    [false, [4 / 6, 1 / 6, 1 / 6]],
    [true, [1 / 3, 1 / 3, 1 / 3]],
  ])('linear SVM, balanced: %s', (balanced, shares) => {
    const fit = fitSvm(blank('single', 3, single, balanced), { l2: 0.1, seed: 1, tolerance: 1e-9 });
    fit.layers[0]?.bias.forEach((bias, unit) => {
      const own = shares[unit] ?? NaN;
      expect(bias).toBeCloseTo((2 * (own - (1 - own))) / 2.1, 6);
    });
  });
});
