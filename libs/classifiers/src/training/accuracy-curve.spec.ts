import { describe, expect, it } from 'vitest';
import { Random } from '../numeric/random.js';
import { syntheticSet } from '../testing/synthetic-set.js';
import { withCopies } from '../testing/with-copies.js';
import { accuracyCurve } from './accuracy-curve.js';
import { prepareSet } from './prepare-set.js';
import { foldsOf } from './split-rows.js';
import { trainingRequestSchema } from './training-request.js';
import type { TrainingSet } from './training-set.js';

const NEAREST = { kind: 'nearest-mean' as const, taps: ['penultimate'], l2: 0, l1: 0, learningRate: null };

/** By three folds, which are the same for a set with copies and for one without. */
function curveOf(set: TrainingSet) {
  const data = prepareSet(set, 0.97);
  const all = Array.from(data.rows, (_, at) => at);
  return accuracyCurve(data, trainingRequestSchema.parse({}), NEAREST, all, foldsOf(data, all, 3, new Random(1)));
}

describe('accuracyCurve', () => {
  it('learns from a quarter, a half and all of the examples that are not left out', () => {
    const curve = curveOf(syntheticSet({ noise: 2.5 }));
    expect(curve.map(({ examplesPerCategory, n }) => [examplesPerCategory, n])).toEqual([
      [2, 36],
      [4, 36],
      [8, 36],
    ]);
    for (const { low, accuracy, high } of curve) {
      expect(low).toBeLessThan(accuracy);
      expect(high).toBeGreaterThan(accuracy);
    }
  });

  it('rises where more examples help', () => {
    const accuracies = [3, 4, 5, 6, 7].map((seed) => curveOf(syntheticSet({ noise: 2, perCategory: 48, seed })));
    const mean = (at: number) =>
      accuracies.reduce((sum, curve) => sum + (curve[at]?.accuracy ?? 0) / accuracies.length, 0);
    expect(mean(2)).toBeGreaterThan(mean(0) + 0.03);
  });

  it('counts images, not their augmented copies, and learns from those of the images it counts', () => {
    const plain = syntheticSet({ noise: 2.5 });
    expect(curveOf(withCopies(plain, 2))).toEqual(curveOf(plain));
  });

  it('leaves a share out that has no example of a category', () => {
    expect(curveOf(syntheticSet({ perCategory: 3 })).map(({ examplesPerCategory }) => examplesPerCategory)).toEqual([
      1, 2,
    ]);
    expect(curveOf(syntheticSet({ perCategory: 1 }))).toEqual([]);
  });
});
