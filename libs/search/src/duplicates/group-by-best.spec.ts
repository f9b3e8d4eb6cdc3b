import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Columns } from './columns.js';
import { groupByBest } from './group-by-best.js';

/** Images are better the smaller their id, unless `pixels` says otherwise. */
function grouped(
  pairs: readonly (readonly [number, number])[],
  pixels: Readonly<Record<number, number>> = {},
): number[][] {
  const columns = new Columns(['low', 'high', 'score', 'distance']);
  for (const [low, high] of pairs) columns.add({ low, high, score: 0.9, distance: low });
  const images = new Columns(['id', 'pixels', 'bytes', 'createdAt']);
  for (const id of new Set(pairs.flat())) images.add({ id, pixels: pixels[id] ?? 100, bytes: 10, createdAt: 0 });
  const { keys, offsets, members, scores } = groupByBest(columns.finish(), images.finish());
  return Array.from(keys, (key, group) => {
    const own = [...members.subarray(offsets[group], offsets[group + 1])];
    expect(key).toBe(Math.max(...own));
    expect(scores[offsets[group] ?? -1]).toBeNaN();
    return own;
  });
}

describe('groupByBest', () => {
  it('puts the best first and lists the group with the highest id first', () => {
    expect(
      grouped(
        [
          [1, 2],
          [3, 9],
          [1, 5],
        ],
        { 5: 400 },
      ),
    ).toEqual([
      [3, 9],
      [5, 1],
    ]);
  });

  it('does not chain: what is like a member only is left to itself', () => {
    expect(
      grouped([
        [1, 2],
        [2, 3],
      ]),
    ).toEqual([[1, 2]]);
    // … or makes a group of its own with what is like it.
    expect(
      grouped([
        [1, 2],
        [2, 3],
        [3, 4],
      ]),
    ).toEqual([
      [3, 4],
      [1, 2],
    ]);
  });

  it('prefers pixels, then bytes, then the older, then the smaller id', () => {
    const pairs = { low: Float64Array.of(1, 1), high: Float64Array.of(2, 3) };
    const best = (pixels: number[], bytes: number[], createdAt: number[]) =>
      groupByBest(
        { ...pairs, score: Float64Array.of(1, 1), distance: Float64Array.of(0, 0) },
        {
          id: Float64Array.of(1, 2, 3),
          pixels: Float64Array.from(pixels),
          bytes: Float64Array.from(bytes),
          createdAt: Float64Array.from(createdAt),
        },
      ).members[0];
    expect(best([1, 2, 1], [9, 1, 9], [0, 9, 0])).toBe(2);
    expect(best([1, 1, 1], [1, 1, 2], [0, 0, 9])).toBe(3);
    expect(best([1, 1, 1], [1, 1, 1], [5, 4, 5])).toBe(2);
    expect(best([1, 1, 1], [1, 1, 1], [5, 5, 5])).toBe(1);
  });

  it('passes over pairs of images that are gone', () => {
    const pairs = {
      low: Float64Array.of(1),
      high: Float64Array.of(2),
      score: Float64Array.of(1),
      distance: Float64Array.of(0),
    };
    const none = new Float64Array(0);
    expect(groupByBest(pairs, { id: none, pixels: none, bytes: none, createdAt: none }).keys).toHaveLength(0);
  });

  it('groups each image at most once, and only with an image it forms a pair with', () => {
    const id = fc.integer({ min: 1, max: 12 });
    const pair = fc.tuple(id, id).filter(([one, other]) => one < other);
    fc.assert(
      fc.property(fc.uniqueArray(pair, { selector: String, maxLength: 30 }), (pairs) => {
        const groups = grouped(pairs);
        const all = groups.flat();
        expect(new Set(all).size).toBe(all.length);
        const together = new Set(pairs.map(String));
        for (const [best = 0, ...others] of groups) {
          expect(others.length).toBeGreaterThan(0);
          for (const other of others) {
            expect(together.has(String([Math.min(best, other), Math.max(best, other)]))).toBe(true);
          }
        }
        // Two images that nobody took are no pair.
        const free = (id: number) => !all.includes(id);
        expect(pairs.filter(([one, other]) => free(one) && free(other))).toEqual([]);
      }),
    );
  });
});
