import { describe, expect, it } from 'vitest';
import type { VectorQuery } from '../vector-index.js';
import { compareWithExact } from './compare-with-exact.js';
import { RecentQueries } from './recent-queries.js';

const query = (n: number, more: Partial<VectorQuery> = {}): VectorQuery => ({
  vector: Float32Array.of(n),
  k: 10,
  ...more,
});

const index = { search: () => Promise.reject(new Error('nothing is asked here')) };
const asked = (n: number, more: Partial<VectorQuery> = {}) => ({ query: query(n, more), index });

describe('RecentQueries', () => {
  it('keeps shapes apart, and no exact search', () => {
    const recent = new RecentQueries();
    recent.offer(asked(1));
    recent.offer(asked(2, { exact: true }));
    recent.offer(asked(5, { best: { positives: [Float32Array.of(5)], negatives: [] } }));
    recent.offer(asked(3, { filter: { field: 'collection', eq: 'a' } }));
    recent.offer(
      asked(4, {
        filter: {
          and: [
            { field: 'metadata.x', eq: 1 },
            { field: 'width', gt: 1 },
          ],
        },
      }),
    );
    const taken = recent.take();
    expect([...taken].map(([shape, kept]) => [shape, kept.map(({ query: { vector } }) => vector[0])])).toEqual([
      ['none', [1]],
      ['collection', [3]],
      ['mixed', [4]],
    ]);
    expect(recent.take().size).toBe(0);
  });

  it('keeps each of many as likely as any other', () => {
    const counts = new Array<number>(100).fill(0);
    for (let round = 0; round < 2000; round++) {
      const recent = new RecentQueries();
      for (let n = 0; n < 100; n++) recent.offer(asked(n));
      for (const {
        query: { vector },
      } of recent.take().get('none') ?? [])
        counts[vector[0] ?? 0] = (counts[vector[0] ?? 0] ?? 0) + 1;
    }
    // 32 of 100 in 2,000 rounds: 640 expected, standard deviation 21.
    expect(Math.min(...counts)).toBeGreaterThan(640 - 6 * 21);
    expect(Math.max(...counts)).toBeLessThan(640 + 6 * 21);
  });
});

describe('compareWithExact', () => {
  const hits = (...scores: number[]) => scores.map((score, i) => ({ id: i + 1, score }));
  const answering = (found: number[], exact: number[], sequences: [number, number] = [1, 1]) => ({
    search: ({ exact: isExact }: VectorQuery) =>
      Promise.resolve({
        hits: hits(...(isExact ? exact : found)),
        plan: 'hnsw' as const,
        estimate: 10,
        matched: 10,
        sequence: sequences[isExact ? 1 : 0],
      }),
  });

  it('counts hits as good as the last exact one', async () => {
    const comparison = await compareWithExact(answering([0.9, 0.8, 0.6, 0.5], [0.9, 0.8, 0.7, 0.6]), query(1));
    expect(comparison?.recall).toBe(0.75);
    expect((await compareWithExact(answering([0.9], [0.9, 0.8]), query(1)))?.recall).toBe(0.5);
    expect((await compareWithExact(answering([0.9, 0.7], [0.9, 0.7]), query(1)))?.recall).toBe(1);
  });

  it('says nothing where nothing matches or the two saw different images', async () => {
    expect(await compareWithExact(answering([], []), query(1))).toBeNull();
    expect(await compareWithExact(answering([1], [1], [1, 2]), query(1))).toBeNull();
  });
});
