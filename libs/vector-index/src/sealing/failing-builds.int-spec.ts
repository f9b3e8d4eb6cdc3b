import { mkdir, rm, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ClusteredVectors } from '../../../../bench/lib/clustered-vectors.js';
import { identityOf, IndexFixture } from '../../test/index-fixture.js';
import type { VectorIndex } from '../vector-index.js';

const DIMENSION = 16;
const ROWS = 100;
const FIRST_WAIT = 15_000;
const LONGEST_WAIT = 15 * 60_000;

const fixture = new IndexFixture();
afterAll(() => fixture.dispose());
// The waits alone: nothing that builds or searches has a timer.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const vectors = new ClusteredVectors(DIMENSION, { seed: 5 }).take(2 * ROWS);
const putsOf = (first: number, count: number) =>
  vectors.slice(first, first + count).map((vector, i) => ({ id: first + i + 1, vector }));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

const built = (index: VectorIndex) => until(() => !index.stats().building);

/** An index whose folder is gone, and that has rows to write there. */
async function hindered(): Promise<{ index: VectorIndex; dir: string; told: (string | null)[] }> {
  const dir = await fixture.folder();
  const told: (string | null)[] = [];
  const index = fixture.exact(dir, { sealAt: ROWS, onTrouble: (trouble) => void told.push(trouble) });
  await index.open(identityOf(DIMENSION));
  await rm(dir, { recursive: true });
  // No folder can take the place of a file.
  await writeFile(dir, '');
  await index.apply({ puts: putsOf(0, ROWS), deletes: [], sequence: 1 });
  await until(() => told.length > 0);
  await built(index);
  return { index, dir, told };
}

async function mend(dir: string): Promise<void> {
  await rm(dir);
  await mkdir(dir);
}

it('tries a failed build again although nobody writes, and says so until it succeeds', async () => {
  const { index, dir, told } = await hindered();
  const { trouble } = index.stats();
  expect(trouble).toMatch(/^a segment could not be built and is tried again: /);
  expect(told).toEqual([trouble]);
  expect((await index.search({ vector: vectors[3] ?? new Float32Array(), k: 1 })).hits).toMatchObject([{ id: 4 }]);
  await mend(dir);
  vi.advanceTimersByTime(FIRST_WAIT);
  expect(index.stats()).toMatchObject({ building: true, trouble });
  await built(index);
  expect(index.stats()).toMatchObject({ tail: 0, segments: [{ count: ROWS }], trouble: null });
  expect(told).toEqual([trouble, null]);
  expect(index.durableSequence()).toBe(1);
});

it('waits longer after each failure, whoever writes meanwhile, and a quarter of an hour at most', async () => {
  const { index, dir, told } = await hindered();
  for (let failures = 1, wait = FIRST_WAIT; failures < 10; failures++) {
    expect(told).toHaveLength(failures);
    vi.advanceTimersByTime(wait - 1);
    await index.apply({ puts: putsOf(ROWS, 1), deletes: [], sequence: 1 + failures });
    expect(index.stats().building).toBe(false);
    vi.advanceTimersByTime(1);
    expect(index.stats().building).toBe(true);
    await built(index);
    wait = Math.min(2 * wait, LONGEST_WAIT);
  }
  await mend(dir);
  await index.flush();
  expect(index.stats().trouble).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
}, 180_000);

it('writes the manifest again where that alone failed', async () => {
  const dir = await fixture.folder();
  const index = fixture.exact(dir, { sealAt: ROWS });
  await index.open(identityOf(DIMENSION));
  await mkdir(`${dir}/manifest.json`);
  await index.apply({ puts: putsOf(0, ROWS), deletes: [], sequence: 1 });
  await until(() => index.stats().trouble !== null);
  await built(index);
  expect(index.stats()).toMatchObject({ tail: 0, segments: [{ count: ROWS }] });
  expect(index.durableSequence()).toBe(0);
  await rm(`${dir}/manifest.json`, { recursive: true });
  vi.advanceTimersByTime(FIRST_WAIT);
  await built(index);
  expect(index.stats().trouble).toBeNull();
  expect(index.durableSequence()).toBe(1);
});

it('tries no more once it is closed', async () => {
  const { index } = await hindered();
  await index.close();
  expect(vi.getTimerCount()).toBe(0);
});
