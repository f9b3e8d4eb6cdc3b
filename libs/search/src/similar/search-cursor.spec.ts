import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VectorHit } from '#libs/vector-index';
import { after, cursorAfter, decodeCursor, encodeCursor, type SearchCursor } from './search-cursor.js';

const ordered = (hits: readonly VectorHit[]): VectorHit[] => [...hits].sort((a, b) => b.score - a.score || a.id - b.id);

/** Scores that are often equal. */
const hits = fc.uniqueArray(
  fc.record({ id: fc.integer({ min: 1, max: 10_000 }), score: fc.integer({ min: -5, max: 5 }).map((n) => n / 10) }),
  { selector: ({ id }) => id, maxLength: 60 },
);

describe('a search cursor', () => {
  it('leads through every result once, in order', () => {
    fc.assert(
      fc.property(hits, fc.integer({ min: 1, max: 7 }), (all, size) => {
        const order = ordered(all);
        const seen: number[] = [];
        let cursor: SearchCursor | undefined;
        for (let page = after(order, cursor).slice(0, size); page.length > 0;) {
          seen.push(...page.map(({ id }) => id));
          const next = cursorAfter(page, cursor);
          cursor = next && decodeCursor(encodeCursor(next));
          page = after(order, cursor).slice(0, size);
        }
        expect(seen).toEqual(order.map(({ id }) => id));
        expect(cursor?.seen ?? 0).toBe(order.length);
      }),
      { seed: 5 },
    );
  });

  it('gives nothing twice where scores shift a little and images come between', () => {
    const first = ordered([1, 2, 3, 4].map((id) => ({ id, score: 1 - id / 10 })));
    const cursor = cursorAfter(first.slice(0, 2), undefined);
    const later = ordered([
      ...first.map(({ id, score }) => ({ id, score: score + (id % 2 ? 2e-6 : -2e-6) })),
      { id: 9, score: 0.85 },
    ]);
    expect(after(later, cursor).map(({ id }) => id)).toEqual([3, 4]);
  });

  it.each(['', 'rubbish', Buffer.from('[1]').toString('base64url'), Buffer.from('[1,-1]').toString('base64url')])(
    'refuses %j',
    (text) => {
      expect(() => decodeCursor(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    },
  );
});
