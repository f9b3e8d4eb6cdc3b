import { afterAll, describe, expect, it } from 'vitest';
import { ClusteredVectors } from '../../../../bench/lib/clustered-vectors.js';
import { identityOf, IndexFixture } from '../../test/index-fixture.js';
import type { SearcherPool } from './searcher-pool.js';

const DIMENSION = 16;

/** Sends what is no call: the threads cannot deal with it and end, as they would on an error in the code. */
function crash(pool: SearcherPool): void {
  for (const thread of pool['threads']) thread['worker'].postMessage(null);
}

describe('a searching thread that crashes', () => {
  const fixture = new IndexFixture();
  afterAll(() => fixture.dispose());

  it('is started anew, and no search goes wrong meanwhile or afterwards', async () => {
    const index = fixture.hnsw(await fixture.folder(), { scanUpTo: 0 });
    await index.open(identityOf(DIMENSION));
    const vectors = new ClusteredVectors(DIMENSION, { seed: 11 }).take(600);
    const puts = vectors.map((vector, i) => ({ id: i + 1, vector }));
    await index.apply({ puts: puts.slice(0, 500), deletes: [], sequence: 1 });
    await index.flush({ seal: true });
    await index.apply({ puts: puts.slice(500), deletes: [], sequence: 2 });
    const search = async (): Promise<number[]> => {
      const answers = await Promise.all(vectors.slice(480, 520).map((vector) => index.search({ vector, k: 1 })));
      return answers.map((answer) => answer.hits[0]?.id ?? 0);
    };
    const expected = Array.from({ length: 40 }, (_, i) => 481 + i);
    expect(await search()).toEqual(expected);
    const pool = index['current']?.pool;
    if (!pool) throw new Error('an open index has a pool');
    crash(pool);
    expect(await search()).toEqual(expected);
    expect(await search()).toEqual(expected);
    expect(fixture.notes.filter((note) => note.includes('started anew'))).toHaveLength(2);
    const waiting = async (): Promise<string> =>
      (await index.search({ vector: vectors[0] ?? new Float32Array(), k: 1 })).plan;
    await expect.poll(waiting, { timeout: 20_000 }).toBe('hnsw');
  });
});
