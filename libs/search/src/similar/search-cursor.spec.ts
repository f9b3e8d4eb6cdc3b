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

/** Every page of an order, one after the other. @param change what becomes of the order behind a page */
function paged(given: readonly VectorHit[], size: number, change = (order: readonly VectorHit[]) => order): number[] {
  let order = given;
  const seen: number[] = [];
  let cursor: SearchCursor | undefined;
  for (let page = after(order, cursor).slice(0, size); page.length > 0;) {
    // What repeats itself may do so for ever.
    if (seen.length > 2 * given.length) throw new Error('there is no end');
    seen.push(...page.map(({ id }) => id));
    const next = cursorAfter(page, cursor);
    cursor = next && decodeCursor(encodeCursor(next));
    order = change(order);
    page = after(order, cursor).slice(0, size);
  }
  expect(cursor?.seen ?? 0).toBe(seen.length);
  return seen;
}

describe('a search cursor', () => {
  it('leads through every result once, in order', () => {
    fc.assert(
      fc.property(hits, fc.integer({ min: 1, max: 7 }), (all, size) => {
        const order = ordered(all);
        expect(paged(order, size)).toEqual(order.map(({ id }) => id));
      }),
      { seed: 5 },
    );
  });

  describe('where more results are equally good than it can name', () => {
    const level = Array.from({ length: 1500 }, (_, i) => ({ id: i + 100, score: 0.8 }));
    const order = ordered([{ id: 1, score: 0.9 }, ...level, ...[2, 3, 4].map((id) => ({ id, score: 0.5 - id / 10 }))]);
    const ids = order.map(({ id }) => id);

    it.each([10, 37, 1000])('leads through every one once, %i at a time', (size) => {
      expect(paged(order, size)).toEqual(ids);
    });

    it('gives none twice and leaves none out that stays, while some come and go', () => {
      let pages = 0;
      const gone = new Set<number>();
      const seen = paged(order, 100, (now) => {
        pages++;
        for (const id of [100 + pages, 800 + pages, 1400 + pages]) gone.add(id);
        const come = [0.95, 0.800001, 0.8].map((score, at) => ({ id: 10_000 + 10 * pages + at, score }));
        return ordered([...now.filter(({ id }) => !gone.has(id)), ...come]);
      });
      expect(new Set(seen).size).toBe(seen.length);
      expect(ids.filter((id) => !gone.has(id) && !seen.includes(id))).toEqual([]);
    });
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

  it('names none that is better than the last, however small the steps to it are', () => {
    const order = Array.from({ length: 3000 }, (_, i) => ({ id: i + 1, score: 1 - i * 5e-6 }));
    let cursor: SearchCursor | undefined;
    for (let at = 0; at < order.length; at += 2) cursor = cursorAfter(order.slice(at, at + 2), cursor);
    expect(cursor?.level.map(({ id }) => id)).toEqual([2996, 2997, 2998, 2999, 3000]);
  });

  it('is short enough for an address where all it names have other scores', () => {
    const page = Array.from({ length: 1000 }, (_, i) => ({ id: 9_000_000 + i, score: 0.7 - i * 1e-8 }));
    const cursor = cursorAfter(page, undefined);
    expect(cursor?.level).toHaveLength(1000);
    expect(cursor && encodeCursor(cursor).length).toBeLessThan(12_000);
  });

  it.each(['[1]', '[1,-1]', '["1",0]', '[1,0,5]', '[1,0,[1]]', '[1,0,[1,["5"]]]', '[1,0,[1,[-5]]]', '{}'])(
    'refuses %s',
    (parts) => {
      for (const text of [parts, Buffer.from(parts).toString('base64url')]) {
        expect(() => decodeCursor(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
      }
    },
  );

  it.each(['', 'rubbish'])('refuses %j', (text) => {
    expect(() => decodeCursor(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
