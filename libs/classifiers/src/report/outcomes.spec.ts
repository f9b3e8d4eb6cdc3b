import { describe, expect, it } from 'vitest';
import { syntheticSet } from '../testing/synthetic-set.js';
import { withCopies } from '../testing/with-copies.js';
import { trainHead } from '../training/train-head.js';
import type { TrainingSet } from '../training/training-set.js';

const trained = (set: TrainingSet) =>
  trainHead(set, { heads: ['nearest-mean'], search: { candidates: 1, rounds: 1, folds: 3 } }).report;

describe('the outcomes of a training', () => {
  it('are of every image that was measured, once, in their order; their mean is top-1', () => {
    const set = syntheticSet({ noise: 2.5 });
    const { outcomes, metrics } = trained(set);
    expect(outcomes?.imageIds).toEqual(set.ids);
    const right = outcomes?.right ?? [];
    expect(right.reduce((sum, one) => sum + one, 0) / right.length).toBeCloseTo(metrics.top1.value ?? NaN, 3);
    expect(new Set(right).size).toBeGreaterThan(1);
    expect(right.every((one) => one >= 0 && one <= 1)).toBe(true);
  });

  it('say which images are near-duplicates of each other', () => {
    const set = syntheticSet({});
    const groups = Int32Array.from(set.ids, (_, row) => (row === 3 ? 0 : row));
    const { outcomes } = trained({ ...set, groups });
    expect(outcomes?.groups[3]).toBe(outcomes?.groups[0]);
    expect(new Set(outcomes?.groups).size).toBe(set.ids.length - 1);
  });

  it('are of images, not of their augmented copies', () => {
    const set = syntheticSet({});
    expect(trained(withCopies(set, 2)).outcomes?.imageIds).toEqual(set.ids);
  });
});
