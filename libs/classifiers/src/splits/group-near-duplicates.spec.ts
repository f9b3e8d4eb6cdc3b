import { describe, expect, it } from 'vitest';
import { groupNearDuplicates } from './group-near-duplicates.js';

/** Five rows: 0 and 1 point the same way, the others each another. */
const FEATURES = Float32Array.of(1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);

describe('groupNearDuplicates', () => {
  it('joins rows by their cosine', () => {
    expect([...groupNearDuplicates(FEATURES, 4, 0.95)]).toEqual([0, 0, 2, 3, 4]);
  });

  it('joins rows that are known to be alike too, and what hangs together by both', () => {
    expect([...groupNearDuplicates(FEATURES, 4, 0.95, [[1, 3]])]).toEqual([0, 0, 2, 0, 4]);
    expect([...groupNearDuplicates(FEATURES, 4, 0.95, [[4, 2]])]).toEqual([0, 0, 2, 3, 2]);
  });
});
