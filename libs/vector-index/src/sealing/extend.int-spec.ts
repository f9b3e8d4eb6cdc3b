import { afterAll, describe, expect, it } from 'vitest';
import { ClusteredVectors } from '../../../../bench/lib/clustered-vectors.js';
import { identityOf, IndexFixture } from '../../test/index-fixture.js';
import type { VectorIndex } from '../vector-index.js';

const DIMENSION = 32;
const FIRST = 3000;
const SECOND = 1000;
const K = 10;

describe('a graph that is gone on with', () => {
  const fixture = new IndexFixture();
  afterAll(() => fixture.dispose());
  const source = new ClusteredVectors(DIMENSION, { seed: 5 });
  const vectors = source.take(FIRST + SECOND);
  const queries = source.take(100);
  const puts = (from: number, to: number) => vectors.slice(from, to).map((vector, i) => ({ id: from + i + 1, vector }));

  async function recall(index: VectorIndex): Promise<number> {
    let found = 0;
    for (const vector of queries) {
      const answer = await index.search({ vector, k: K });
      expect(answer.plan).toBe('hnsw');
      const exact = await index.search({ vector, k: K, exact: true });
      const truth = new Set(exact.hits.map((hit) => hit.id));
      found += answer.hits.filter((hit) => truth.has(hit.id)).length;
    }
    return found / (K * queries.length);
  }

  it('keeps its rows, deleted ones too, finds old and new ones, and is found again after a restart', async () => {
    const folder = await fixture.folder();
    const index = fixture.hnsw(folder);
    await index.open(identityOf(DIMENSION));
    await index.apply({ puts: puts(0, FIRST), deletes: [], sequence: 1 });
    await index.flush({ seal: true });
    const deletes = Array.from({ length: 100 }, (_, i) => 7 * i + 1);
    await index.apply({ puts: puts(FIRST, FIRST + SECOND), deletes, sequence: 2 });
    await index.flush({ seal: true });
    const check = async (of: VectorIndex) => {
      expect(of.stats().segments).toMatchObject([{ count: FIRST + SECOND, deleted: deletes.length }]);
      expect(await recall(of)).toBeGreaterThanOrEqual(0.99);
      const ids = await of.ids();
      expect(ids).toHaveLength(FIRST + SECOND - deletes.length);
      expect(deletes.some((id) => ids.includes(id))).toBe(false);
    };
    await check(index);
    await index.close();
    const again = fixture.hnsw(folder);
    await again.open(identityOf(DIMENSION));
    await check(again);
  });

  it('is built anew where ids of the new rows lie among its own', async () => {
    const index = fixture.hnsw(await fixture.folder());
    await index.open(identityOf(DIMENSION));
    await index.apply({ puts: puts(0, FIRST), deletes: [], sequence: 1 });
    await index.flush({ seal: true });
    await index.apply({ puts: [...puts(0, 10), ...puts(FIRST, FIRST + SECOND)], deletes: [50], sequence: 2 });
    await index.flush({ seal: true });
    const { live, deleted } = index.stats();
    expect(live).toBe(FIRST + SECOND - 1);
    expect(deleted).toBeLessThanOrEqual(10);
    expect(await recall(index)).toBeGreaterThanOrEqual(0.99);
  });
});
