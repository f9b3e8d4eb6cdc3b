import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { ClusteredVectors } from '../../../bench/lib/clustered-vectors.js';
import { identityOf, IndexFixture } from '../test/index-fixture.js';
import type { HnswVectorIndex } from './hnsw-vector-index.js';
import type { OpenIndex } from './open-index.js';

const DIMENSION = 16;
const fixture = new IndexFixture();
afterAll(() => fixture.dispose());

const vectors = new ClusteredVectors(DIMENSION, { seed: 5 }).take(3000);
const putsOf = (first: number, count: number) =>
  vectors.slice(first, first + count).map((vector, i) => ({ id: first + i + 1, vector }));

async function sealed(count = 400): Promise<{ dir: string; index: HnswVectorIndex }> {
  const dir = await fixture.folder();
  const index = fixture.hnsw(dir, { scanUpTo: 0 });
  await index.open(identityOf(DIMENSION));
  await index.apply({ puts: putsOf(0, count), deletes: [], sequence: 1 });
  await index.apply({ puts: [], deletes: [7], sequence: 2 });
  await index.flush({ seal: true });
  return { dir, index };
}

async function flipByte(file: string, at?: number): Promise<void> {
  const bytes = await readFile(file);
  const position = at ?? bytes.length >> 1;
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

describe('the snapshot', () => {
  it('is what a restart begins with', async () => {
    const { dir, index } = await sealed();
    const before = await index.search({ vector: vectors[20] ?? new Float32Array(), k: 5 });
    await index.close();
    const again = fixture.hnsw(dir, { scanUpTo: 0 });
    expect(await again.open(identityOf(DIMENSION))).toMatchObject({ sequence: 2 });
    expect(again.stats()).toMatchObject({ live: 399, tail: 0 });
    expect((await again.ids()).includes(7)).toBe(false);
    expect(await again.search({ vector: vectors[20] ?? new Float32Array(), k: 5 })).toEqual(before);
  });

  it.each(['hnsw', 'exact'] as const)('of an index (%s) that was filled whole is of the last batch', async (kind) => {
    const dir = await fixture.folder();
    const index = fixture[kind](dir, { sealAt: 16 });
    await index.open(identityOf(DIMENSION));
    for (const first of [0, 20, 40]) {
      const puts = putsOf(first, first === 40 ? 10 : 20);
      await index.apply({ puts, deletes: [], sequence: 0 });
    }
    await index.apply({ puts: [], deletes: [], sequence: 500, seal: true });
    await index.flush();
    expect(index.stats()).toMatchObject({ live: 50, tail: 0 });
    expect(index.durableSequence()).toBe(500);
    await index.close();
    const again = fixture[kind](dir, { sealAt: 16 });
    expect(await again.open(identityOf(DIMENSION))).toMatchObject({ sequence: 500 });
    expect(again.stats()).toMatchObject({ live: 50 });
  });

  it.each([0, 16])('is written at once where %i rows leave nothing to be sealed', async (rows) => {
    const index = fixture.hnsw(await fixture.folder(), { sealAt: 16 });
    await index.open(identityOf(DIMENSION));
    await index.apply({ puts: putsOf(0, rows), deletes: [], sequence: 0 });
    await index.flush();
    await index.apply({ puts: [], deletes: [], sequence: 500, seal: true });
    expect(index.durableSequence()).toBe(500);
  });

  it.each([
    ['epoch', { epoch: 'second' }],
    ['encoder', { fingerprint: 'xyz' }],
    ['tap', { tap: 'logits' }],
    ['dimension', { dimension: 8 }],
  ])('of another %s is not used', async (_name, change) => {
    const { dir, index } = await sealed(40);
    await index.close();
    const again = fixture.hnsw(dir);
    const opened = await again.open({ ...identityOf(DIMENSION), ...change });
    expect(opened.sequence).toBe(0);
    expect(opened.reason).toContain('another');
    expect(again.stats()).toMatchObject({ live: 0, segments: [] });
    expect(await readdir(dir)).toEqual([]);
  });

  it('built with other parameters is not used, nor one of the exact index', async () => {
    const { dir, index } = await sealed(40);
    await index.close();
    const copy = await fixture.folder();
    await cp(dir, copy, { recursive: true });
    expect(await fixture.hnsw(dir, { m: 8 }).open(identityOf(DIMENSION))).toMatchObject({ sequence: 0 });
    expect(await fixture.exact(copy).open(identityOf(DIMENSION))).toMatchObject({ sequence: 0 });
  });

  it.each(['.graph', '.vectors', '.ids', '.json', 'manifest.json'])(
    'with a changed byte in its %s is found out',
    async (kind) => {
      const { dir, index } = await sealed();
      const name = (await readdir(dir)).find((file) =>
        kind === '.json' ? /^segment.*json$/.test(file) : file.endsWith(kind),
      );
      if (!name) throw new Error(`there is no ${kind}`);
      expect(await index.damage()).toEqual([]);
      const file = path.join(dir, name);
      const text = await readFile(file, 'latin1');
      await flipByte(file, kind.endsWith('json') ? text.indexOf('abc') : undefined);
      expect((await index.damage()).map((damage) => damage.file)).toEqual([name]);
      await index.close();
      const again = fixture.hnsw(dir);
      const opened = await again.open(identityOf(DIMENSION));
      expect(opened).toMatchObject({ sequence: 0, reason: expect.stringContaining('damaged') as string });
      expect(await readdir(dir)).toEqual(['damaged']);
      expect(await readdir(path.join(dir, 'damaged'))).toEqual([name]);
      await again.apply({ puts: putsOf(0, 10), deletes: [], sequence: 1 });
      await again.flush({ seal: true });
      expect(again.stats().live).toBe(10);
    },
  );

  it('is whole although a build replaces what is being checked', async () => {
    const { dir, index } = await sealed();
    const before = await readdir(dir);
    await index.apply({ puts: putsOf(400, 400), deletes: [], sequence: 3 });
    const open = Reflect.get(index, 'current') as OpenIndex;
    const look = open.findDamage.bind(open);
    vi.spyOn(open, 'findDamage').mockImplementationOnce(async (headers) => {
      await index.flush({ seal: true });
      return look(headers);
    });
    expect(await index.damage()).toEqual([]);
    const after = await readdir(dir);
    expect(after.filter((name) => before.includes(name))).toEqual(['manifest.json']);
    const file = after.find((name) => name.endsWith('.vectors')) ?? '';
    await rm(path.join(dir, file));
    expect((await index.damage()).map((damage) => damage.file)).toEqual([file]);
  });

  it('cut short or without one of its files is found out', async () => {
    const { dir, index } = await sealed();
    await index.close();
    const graph = (await readdir(dir)).find((file) => file.endsWith('.graph')) ?? '';
    await writeFile(path.join(dir, graph), (await readFile(path.join(dir, graph))).subarray(0, 5000));
    expect(await fixture.hnsw(dir).open(identityOf(DIMENSION))).toMatchObject({ sequence: 0 });
  });

  it('copied at any moment opens to a sequence from which replay gives the same index', async () => {
    const dir = await fixture.folder();
    const index = fixture.hnsw(dir, { sealAt: 200, scanUpTo: 0 });
    await index.open(identityOf(DIMENSION));
    const changes = Array.from({ length: 60 }, (_, i) => ({
      puts: putsOf((i * 50) % 2000, 50),
      deletes: Array.from({ length: 20 }, (_entry, j) => ((i * 37 + j * 11) % 2000) + 1),
    }));
    const copies: string[] = [];
    for (const [i, change] of changes.entries()) {
      await index.apply({ ...change, sequence: i + 1 });
      if (i % 10 === 4) await index.flush();
      if (i % 6 !== 5) continue;
      const copy = await fixture.folder();
      // A file may vanish between listing and copying, as it may when a process is killed.
      await cp(dir, copy, { recursive: true, force: true }).catch(() => undefined);
      copies.push(copy);
    }
    await index.flush({ seal: true });
    const expected = await index.ids();
    const sequences: number[] = [];
    for (const copy of copies) {
      const opened = fixture.hnsw(copy, { sealAt: 200, scanUpTo: 0 });
      const { sequence } = await opened.open(identityOf(DIMENSION));
      sequences.push(sequence);
      for (const [i, change] of changes.slice(sequence).entries())
        await opened.apply({ ...change, sequence: sequence + i + 1 });
      expect(await opened.ids()).toEqual(expected);
      for (const id of expected.filter((_, i) => i % 97 === 0)) {
        const [vector] = await opened.vectorsOf([id]);
        const own = await opened.search({ vector: vector ?? new Float32Array(), k: 1 });
        expect(own.hits[0]?.score).toBeCloseTo(1, 5);
      }
      await opened.close();
    }
    expect(Math.max(...sequences)).toBeGreaterThan(0);
  }, 180_000);
});
