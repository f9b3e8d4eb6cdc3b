import { afterAll, describe, expect, it } from 'vitest';
import { ClusteredVectors } from '../../../bench/lib/clustered-vectors.js';
import { identityOf, IndexFixture } from '../test/index-fixture.js';

const COUNT = 6000;
const DIMENSION = 64;
const K = 10;

const fixture = new IndexFixture();
afterAll(() => fixture.dispose());

describe('after half of the images were deleted', () => {
  it('files shrink, recall holds, and every image that lives finds itself', async () => {
    const source = new ClusteredVectors(DIMENSION);
    const vectors = source.take(COUNT);
    const index = fixture.hnsw(await fixture.folder(), { scanUpTo: 0, sealAt: 2000 });
    await index.open(identityOf(DIMENSION));
    const puts = vectors.map((vector, i) => ({ id: i + 1, vector }));
    await index.apply({ puts, deletes: [], sequence: COUNT });
    await index.flush({ seal: true });
    const before = index.stats();

    const gone = puts.filter(({ id }) => id % 2 === 0).map(({ id }) => id);
    await index.apply({ puts: [], deletes: gone, sequence: COUNT + gone.length });
    // At once, before anything is compacted: none of them is found, and fewer than k never come back.
    const query = vectors[1] ?? new Float32Array(DIMENSION);
    const atOnce = await index.search({ vector: query, k: K });
    expect(atOnce.hits).toHaveLength(K);
    expect(atOnce.hits.every(({ id }) => id % 2 === 1)).toBe(true);

    await index.flush();
    const after = index.stats();
    expect(after).toMatchObject({ live: COUNT / 2, deleted: 0, tail: 0 });
    expect(after.fileBytes).toBeLessThan(0.6 * before.fileBytes);

    let found = 0;
    const queries = source.take(200);
    for (const vector of queries) {
      const exact = await index.search({ vector, k: K, exact: true });
      const ids = new Set(exact.hits.map(({ id }) => id));
      const answer = await index.search({ vector, k: K });
      expect(answer.plan).toBe('hnsw');
      found += answer.hits.filter(({ id }) => ids.has(id)).length;
    }
    expect(found / (K * queries.length)).toBeGreaterThanOrEqual(0.99);

    const lost: number[] = [];
    for (const { id, vector } of puts) {
      if (id % 2 === 0) continue;
      const { hits } = await index.search({ vector, k: 1 });
      if (hits[0]?.id !== id) lost.push(id);
    }
    expect(lost).toEqual([]);
  });
});
