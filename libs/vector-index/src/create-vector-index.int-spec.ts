import { afterAll, describe, expect, it } from 'vitest';
import { identityOf, IndexFixture } from '../test/index-fixture.js';
import { createVectorIndex } from './create-vector-index.js';
import { ExactVectorIndex } from './exact-vector-index.js';
import { HnswVectorIndex } from './hnsw-vector-index.js';

const settings = {
  kind: 'auto',
  m: 16,
  efConstruction: 200,
  ef: 64,
  compact: 0,
  sealAt: 8192,
  exactLimit: 1000,
  workers: 1,
} as const;
const absent = () => {
  throw new Error("Cannot find module 'hnswlib-node'\nRequire stack: …");
};

describe('createVectorIndex', () => {
  const fixture = new IndexFixture();
  afterAll(() => fixture.dispose());

  it('takes HNSW where its library is there', async () => {
    const index = createVectorIndex(settings, { dir: await fixture.folder(), filters: fixture.filters });
    expect(index).toBeInstanceOf(HnswVectorIndex);
  });

  it('takes the exact index where it is not, says so, names the cure, and works', async () => {
    const notes: string[] = [];
    const onNote = (note: string) => void notes.push(note);
    const index = createVectorIndex(settings, {
      dir: await fixture.folder(),
      filters: fixture.filters,
      onNote,
      loadHnsw: absent,
    });
    expect(index).toBeInstanceOf(ExactVectorIndex);
    expect(notes).toEqual([expect.stringContaining('run `npm ci` again')]);
    await index.open(identityOf(2));
    await index.apply({ puts: [{ id: 4, vector: Float32Array.of(3, 4) }], deletes: [], sequence: 1 });
    expect((await index.search({ vector: Float32Array.of(3, 4), k: 1 })).hits).toEqual([{ id: 4, score: 1 }]);
    await index.flush({ seal: true });
    expect(index.stats()).toMatchObject({ kind: 'exact', live: 1, tail: 0 });
    await index.close();
  });

  it('refuses to start where HNSW is insisted on and not there', async () => {
    const surroundings = { dir: await fixture.folder(), filters: fixture.filters, loadHnsw: absent };
    expect(() => createVectorIndex({ ...settings, kind: 'hnsw' }, surroundings)).toThrow('run `npm ci` again');
  });
});
