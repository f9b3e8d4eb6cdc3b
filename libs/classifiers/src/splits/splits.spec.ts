import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../numeric/random.js';
import { groupNearDuplicates } from './group-near-duplicates.js';
import { ALWAYS_TRAIN, stratifiedFolds } from './stratified-folds.js';

const everything = () => true;

describe('stratifiedFolds', () => {
  it('gives every fold the same share of every category', () => {
    const strata = Int32Array.from({ length: 60 }, (_, row) => row % 3);
    const groups = Int32Array.from({ length: 60 }, (_, row) => row);
    const folds = stratifiedFolds({ strata, groups, measured: everything }, 5, new Random(1));
    for (let stratum = 0; stratum < 3; stratum++) {
      const counts = [0, 1, 2, 3, 4].map(
        (fold) => folds.filter((one, row) => one === fold && strata[row] === stratum).length,
      );
      expect(counts).toEqual([4, 4, 4, 4, 4]);
    }
  });

  it('never divides a group, whatever the groups are, and is seeded', () => {
    const labelled = fc.array(fc.record({ stratum: fc.nat(3), group: fc.nat(15) }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(labelled, fc.integer({ min: 2, max: 6 }), fc.nat(1000), (rows, count, seed) => {
        const input = {
          strata: Int32Array.from(rows, ({ stratum }) => stratum),
          groups: Int32Array.from(rows, ({ group }) => group),
          measured: everything,
        };
        const folds = stratifiedFolds(input, count, new Random(seed));
        const foldOf = new Map<number, number>();
        rows.forEach(({ group }, row) => {
          expect(foldOf.get(group) ?? folds[row]).toBe(folds[row]);
          foldOf.set(group, folds[row] ?? NaN);
        });
        expect(folds.every((fold) => fold >= ALWAYS_TRAIN && fold < count)).toBe(true);
        expect(stratifiedFolds(input, count, new Random(seed))).toEqual(folds);
      }),
    );
  });

  it('never leaves out the only example of a category', () => {
    const strata = Int32Array.from([0, 1, 1, 1]);
    const folds = stratifiedFolds(
      { strata, groups: Int32Array.from([0, 1, 2, 3]), measured: everything },
      2,
      new Random(1),
    );
    expect(folds[0]).toBe(ALWAYS_TRAIN);
    expect(folds.slice(1)).not.toContain(ALWAYS_TRAIN);
  });
});

describe('groupNearDuplicates', () => {
  it('joins what hangs together by pairs, however it is scaled', () => {
    const features = Float32Array.from([1, 0, 0, 0.99, 0.1, 0, 0, 0, 5, 0.95, 0.28, 0, 0, 0.001, 1, 0, 1, 0]);
    expect([...groupNearDuplicates(features, 3, 0.97)]).toEqual([0, 0, 2, 0, 2, 5]);
  });

  it('a vector of zeros is nobody’s duplicate', () => {
    expect([...groupNearDuplicates(new Float32Array(6), 3, 0.97)]).toEqual([0, 1]);
  });
});
