import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusteredVectors } from '../../../bench/lib/clustered-vectors.js';
import { identityOf, IndexFixture } from '../test/index-fixture.js';
import type { HnswVectorIndex } from './hnsw-vector-index.js';

const COUNT = 2500;
const DIMENSION = 128;
const COMPACT = 48;
const K = 10;

const fixture = new IndexFixture();
const source = new ClusteredVectors(DIMENSION, { seed: 5 });
const vectors = source.take(COUNT);
const queries = source.take(200);
let dir: string;
let index: HnswVectorIndex;

beforeAll(async () => {
  dir = await fixture.folder();
  index = fixture.hnsw(dir, { scanUpTo: 0, compact: COMPACT });
  await index.open(identityOf(DIMENSION));
  const puts = vectors.map((vector, i) => ({ id: i + 1, vector }));
  await index.apply({ puts, deletes: [], sequence: COUNT });
  await index.flush({ seal: true });
});
afterAll(() => fixture.dispose());

async function recall(): Promise<number> {
  let found = 0;
  for (const vector of queries) {
    const truth = new Map((await index.search({ vector, k: K, exact: true })).hits.map(({ id, score }) => [id, score]));
    const answer = await index.search({ vector, k: K });
    expect(answer.plan).toBe('hnsw');
    for (const { id, score } of answer.hits) {
      if (!truth.has(id)) continue;
      found++;
      // Scores are the whole vectors', whatever proposed them.
      expect(score).toBe(truth.get(id));
    }
  }
  return found / (K * queries.length);
}

describe(`graphs over ${COMPACT} of ${DIMENSION} components`, () => {
  it('are smaller, and answers are as exact as those of whole graphs', async () => {
    expect(await recall()).toBeGreaterThanOrEqual(0.99);
    const whole = fixture.hnsw(await fixture.folder());
    await whole.open(identityOf(DIMENSION));
    const puts = vectors.map((vector, i) => ({ id: i + 1, vector }));
    await whole.apply({ puts, deletes: [], sequence: COUNT });
    await whole.flush({ seal: true });
    const saved = COUNT * 4 * (DIMENSION - COMPACT) - COMPACT * DIMENSION * 4;
    expect(whole.stats().fileBytes - index.stats().fileBytes).toBeGreaterThan(0.9 * saved);
  });

  it('are loaded again with their axes, and go on with new rows', async () => {
    await index.close();
    expect(await index.open(identityOf(DIMENSION))).toEqual({ sequence: COUNT, reason: 'the snapshot matches' });
    expect(await recall()).toBeGreaterThanOrEqual(0.99);
    const more = source.take(1500);
    const puts = more.map((vector, i) => ({ id: COUNT + i + 1, vector }));
    await index.apply({ puts, deletes: [], sequence: COUNT + more.length });
    await index.flush({ seal: true });
    expect(await recall()).toBeGreaterThanOrEqual(0.99);
  });

  it('are not used under another setting', async () => {
    const other = fixture.hnsw(dir, { compact: COMPACT / 2 });
    expect(await other.open(identityOf(DIMENSION))).toMatchObject({
      sequence: 0,
      reason: 'the snapshot was built with other parameters',
    });
  });

  it('are put aside when their axes are damaged', async () => {
    const folder = await fixture.folder();
    const damaged = fixture.hnsw(folder, { compact: COMPACT });
    await damaged.open(identityOf(DIMENSION));
    const puts = vectors.slice(0, 500).map((vector, i) => ({ id: i + 1, vector }));
    await damaged.apply({ puts, deletes: [], sequence: 500 });
    await damaged.flush({ seal: true });
    const axes = (await readdir(folder)).find((name) => name.endsWith('.projection')) ?? '';
    await writeFile(path.join(folder, axes), Buffer.alloc(COMPACT * DIMENSION * 4));
    expect(await damaged.damage()).toMatchObject([{ file: axes }]);
    await damaged.close();
    const { sequence, reason } = await damaged.open(identityOf(DIMENSION));
    expect(sequence).toBe(0);
    expect(reason).toContain(axes);
    await rm(folder, { recursive: true, force: true });
  });
});
