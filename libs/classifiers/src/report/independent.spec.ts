import { describe, expect, it } from 'vitest';
import { groupedShare, independentOf } from './independent.js';
import { wilson } from './intervals.js';

const observed = (groups: readonly number[], weight = 1) => groups.map((group) => ({ group, weight }));

describe('independentOf', () => {
  it('is the number of outcomes where none hangs together with another', () => {
    expect(independentOf(observed([1, 2, 3, 4]))).toBe(4);
    expect(independentOf([])).toBe(0);
  });

  it('counts an outcome once however often it was repeated', () => {
    expect(independentOf(observed([1, 1, 1, 2, 2, 2], 1 / 3))).toBeCloseTo(2, 12);
    expect(independentOf(observed([1, 1, 1, 2], 1 / 3))).toBeCloseTo(4 / 3, 12);
  });

  it('is the number of groups where they are of one size, fewer where one outweighs the others', () => {
    expect(independentOf(observed([1, 1, 1, 2, 2, 2]))).toBe(2);
    expect(independentOf(observed([1, 1, 1, 1, 1, 1, 1, 1, 2, 3]))).toBeCloseTo(100 / 66, 12);
  });
});

describe('groupedShare', () => {
  it('is the share of images, and as uncertain as so many independent ones', () => {
    const outcomes = observed([1, 1, 1, 1, 1, 2, 2, 2, 2, 2]).map((one, at) => ({ ...one, hit: Number(at < 6) }));
    expect(groupedShare(outcomes)).toEqual(wilson(1.2, 2));
    expect(groupedShare([])).toMatchObject({ value: null, n: 0, tooFew: true });
  });
});
