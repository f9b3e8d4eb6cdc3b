import { describe, expect, it } from 'vitest';
import { groupByBytes } from './group-by-bytes.js';

const sizes = (...given: (number | null)[]) =>
  groupByBytes(
    given.map((size) => ({ size })),
    20_000_000,
  ).map((group) => group.map(({ size }) => size));

describe('groupByBytes', () => {
  it('keeps the order and fills each group as far as it may be filled', () => {
    expect(sizes(5_000_000, 15_000_000, 1, 19_999_999, 1)).toEqual([[5_000_000, 15_000_000], [1, 19_999_999], [1]]);
    expect(sizes(0, 0, 0)).toEqual([[0, 0, 0]]);
    expect(sizes()).toEqual([]);
  });

  it('leaves what is larger than a group alone in one', () => {
    expect(sizes(1, 90_000_000, 1)).toEqual([[1], [90_000_000], [1]]);
  });

  it('takes what is not known to be large, not to be nothing', () => {
    expect(sizes(null, null, null)).toEqual([[null, null], [null]]);
  });
});
