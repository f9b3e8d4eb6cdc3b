import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byScore, TopK } from './top-k.js';

describe('TopK', () => {
  it('keeps what sorting everything would put first, ties by ascending id', () => {
    const offers = fc.uniqueArray(fc.record({ id: fc.integer({ min: 1 }), score: fc.integer({ min: -3, max: 3 }) }), {
      selector: ({ id }) => id,
    });
    fc.assert(
      fc.property(offers, fc.integer({ min: 1, max: 12 }), (candidates, k) => {
        const top = new TopK(k);
        for (const { id, score } of candidates) top.offer(id, score);
        expect(top.sorted()).toEqual([...candidates].sort(byScore).slice(0, k));
      }),
    );
  });
});
