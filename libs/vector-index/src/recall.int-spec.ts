import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inCollection } from '#libs/catalogue';
import { ClusteredVectors } from '../../../bench/lib/clustered-vectors.js';
import { identityOf, IndexFixture } from '../test/index-fixture.js';
import type { HnswVectorIndex } from './hnsw-vector-index.js';
import type { VectorQuery } from './vector-index.js';

const COUNT = 20_000;
const DIMENSION = 64;
const K = 10;

describe(`recall@${K} on ${COUNT} clustered vectors`, () => {
  const fixture = new IndexFixture();
  const source = new ClusteredVectors(DIMENSION, { seed: 3 });
  const vectors = source.take(COUNT);
  const queries = source.take(200);
  let index: HnswVectorIndex;

  beforeAll(async () => {
    index = fixture.hnsw(await fixture.folder());
    await index.open(identityOf(DIMENSION));
    for (let first = 0; first < COUNT; first += 1000) {
      const puts = vectors.slice(first, first + 1000).map((vector, i) => ({ id: first + i + 1, vector }));
      await index.apply({ puts, deletes: [], sequence: first + puts.length });
    }
    await index.flush({ seal: true });
    const every = (n: number) => Array.from({ length: COUNT / n }, (_, i) => (i + 1) * n);
    fixture.filters.collections
      .set('half', every(2))
      .set('third', every(3))
      .set('tenth', every(10))
      .set('few', every(100));
  });
  afterAll(() => fixture.dispose());

  async function recall(options: Omit<VectorQuery, 'vector' | 'k'>): Promise<{ recall: number; plans: Set<string> }> {
    let found = 0;
    const plans = new Set<string>();
    for (const vector of queries) {
      const answer = await index.search({ vector, k: K, ...options });
      const exact = await index.search({ vector, k: K, ...options, exact: true });
      plans.add(answer.plan);
      expect(answer.hits).toHaveLength(K);
      const truth = new Set(exact.hits.map((hit) => hit.id));
      found += answer.hits.filter((hit) => truth.has(hit.id)).length;
    }
    return { recall: found / (K * queries.length), plans };
  }

  it.each([
    ['no filter', {}, 'hnsw'],
    ['a filter on half', { filter: inCollection('half') }, 'filtered-hnsw'],
    ['a filter on a third', { filter: inCollection('third') }, 'filtered-hnsw'],
    ['a filter on a tenth', { filter: inCollection('tenth') }, 'filtered-exact'],
    ['a filter on a hundredth', { filter: inCollection('few') }, 'filtered-exact'],
  ] as const)('is at least 0.99 with %s', async (_name, options, plan) => {
    const result = await recall(options);
    expect([...result.plans]).toEqual([plan]);
    expect(result.recall).toBeGreaterThanOrEqual(0.99);
  });

  it('finds every living vector by itself after half of them are deleted', async () => {
    const deletes = Array.from({ length: COUNT / 2 }, (_, i) => i * 2 + 1);
    await index.apply({ puts: [], deletes, sequence: COUNT + 1 });
    const check = async () => {
      for (let id = 2; id <= COUNT; id += 100) {
        const answer = await index.search({ vector: vectors[id - 1] ?? new Float32Array(), k: K });
        expect(answer.hits).toHaveLength(K);
        expect(answer.hits[0]).toMatchObject({ id });
        expect(answer.hits.every((hit) => hit.id % 2 === 0)).toBe(true);
      }
    };
    await check();
    await index.flush();
    expect(index.stats().segments.map((segment) => segment.deleted)).toEqual([0]);
    await check();
  });
});
