import fc from 'fast-check';
import { inCollection } from '#libs/catalogue';
import { afterAll, describe, expect, it } from 'vitest';
import { identityOf, IndexFixture } from '../test/index-fixture.js';
import { NaiveIndex } from '../test/naive-index.js';
import type { VectorIndex } from './vector-index.js';

const DIMENSION = 6;
/** Every run starts threads several times. */
const LONG = 180_000;
const fixture = new IndexFixture();
afterAll(() => fixture.dispose());

const vector = fc
  .array(fc.integer({ min: -1000, max: 1000 }), { minLength: DIMENSION, maxLength: DIMENSION })
  .filter((components) => components.some((component) => component !== 0))
  .map((components) => Float32Array.from(components));
const id = fc.integer({ min: 1, max: 120 });
const ids = fc.uniqueArray(id, { maxLength: 40 });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), ids, seed: vector }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), ids }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('search' as const),
      query: vector,
      k: fc.integer({ min: 1, max: 30 }),
      collection: fc.option(ids, { nil: undefined }),
      exclude: ids,
      exact: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const), seal: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

/** A vector for each id that differs from all others, so that no order hangs on the last bit. */
const vectorFor = (seed: Float32Array, id: number): Float32Array =>
  seed.map((component, i) => component + Math.sin(id * (i + 1) * 12.9898) * 777);

type Change = { puts: { id: number; vector: Float32Array }[]; deletes: number[] };

async function check(
  open: (dir: string) => VectorIndex,
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
) {
  const dir = await fixture.folder();
  const oracle = new NaiveIndex();
  const log: Change[] = [];
  let index = open(dir);
  await index.open(identityOf(DIMENSION));
  for (const action of steps) {
    if (action.kind === 'put' || action.kind === 'delete') {
      const puts =
        action.kind === 'put' ? action.ids.map((put) => ({ id: put, vector: vectorFor(action.seed, put) })) : [];
      const deletes = action.kind === 'delete' ? action.ids : [];
      for (const gone of deletes) oracle.vectors.delete(gone);
      for (const put of puts) oracle.vectors.set(put.id, put.vector);
      log.push({ puts, deletes });
      await index.apply({ puts, deletes, sequence: log.length });
    } else if (action.kind === 'flush') {
      await index.flush({ seal: action.seal });
      if (action.seal) expect(index.durableSequence()).toBe(log.length);
    } else if (action.kind === 'reopen') {
      await index.close();
      index = open(dir);
      const { sequence } = await index.open(identityOf(DIMENSION));
      for (const [i, change] of log.slice(sequence).entries())
        await index.apply({ ...change, sequence: sequence + i + 1 });
    } else {
      fixture.filters.collections.set('some', action.collection ?? []);
      const inFilter = (candidate: number) => action.collection?.includes(candidate) ?? true;
      const expected = oracle.search(
        action.query,
        action.k,
        (found) => inFilter(found) && !action.exclude.includes(found),
      );
      const answer = await index.search({
        vector: action.query,
        k: action.k,
        exact: action.exact,
        exclude: action.exclude,
        ...(action.collection && { filter: inCollection('some') }),
      });
      expect(answer.hits.map((hit) => hit.id)).toEqual(expected.hits.map((hit) => hit.id));
      answer.hits.forEach((hit, i) => expect(hit.score).toBeCloseTo(expected.hits[i]?.score ?? NaN, 5));
      expect(answer.matched).toBe([...oracle.vectors.keys()].filter(inFilter).length);
      expect(answer.sequence).toBe(log.length);
    }
    expect([...(await index.ids())]).toEqual([...oracle.vectors.keys()].sort((a, b) => a - b));
    expect(index.stats().live).toBe(oracle.vectors.size);
  }
  await index.close();
}

describe('a vector index answers as a loop over all vectors does, whatever happens', () => {
  const steps = fc.array(step, { minLength: 5, maxLength: 40 });

  it(
    'by graphs',
    async () => {
      // More candidates than vectors: a graph then gives all it can reach, and nothing depends on luck.
      const open = (dir: string) => fixture.hnsw(dir, { scanUpTo: 0, exactLimit: 3, ef: 400, sealAt: 50, m: 8 });
      await fc.assert(
        fc.asyncProperty(steps, (run) => check(open, run)),
        { numRuns: 10, seed: 7 },
      );
    },
    LONG,
  );

  it(
    'by exact scans',
    async () => {
      const open = (dir: string) => fixture.exact(dir, { sealAt: 50 });
      await fc.assert(
        fc.asyncProperty(steps, (run) => check(open, run)),
        { numRuns: 6, seed: 8 },
      );
    },
    LONG,
  );
});

describe('a vector index', () => {
  it('refuses searches before it is open', async () => {
    const index = fixture.exact(await fixture.folder());
    await expect(index.search({ vector: Float32Array.of(1), k: 1 })).rejects.toMatchObject({
      code: 'index_unavailable',
    });
  });

  it('refuses vectors that cannot be searched, and then changes nothing', async () => {
    const index = fixture.exact(await fixture.folder());
    await index.open(identityOf(2));
    const bad = (vector: Float32Array) =>
      index.apply({
        puts: [
          { id: 1, vector: Float32Array.of(1, 0) },
          { id: 2, vector },
        ],
        deletes: [],
        sequence: 1,
      });
    await expect(bad(Float32Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'vector_dimension_mismatch' });
    await expect(bad(Float32Array.of(1, NaN))).rejects.toMatchObject({ code: 'vector_not_finite' });
    await expect(bad(Float32Array.of(0, 0))).rejects.toMatchObject({ code: 'vector_not_finite' });
    expect(index.stats()).toMatchObject({ live: 0, sequence: 0 });
    await expect(index.search({ vector: Float32Array.of(Infinity, 0), k: 1 })).rejects.toMatchObject({
      code: 'vector_not_finite',
    });
  });

  it('puts equal scores in order of id, cuts at minScore and gives stored vectors at length 1', async () => {
    const index = fixture.exact(await fixture.folder());
    await index.open(identityOf(2));
    const puts = [9, 3, 5].map((id) => ({ id, vector: Float32Array.of(0, 4) }));
    await index.apply({ puts: [...puts, { id: 1, vector: Float32Array.of(-2, 0) }], deletes: [], sequence: 1 });
    const answer = await index.search({ vector: Float32Array.of(0, 1), k: 10, minScore: 0.5 });
    expect(answer.hits).toEqual([3, 5, 9].map((id) => ({ id, score: 1 })));
    expect(answer).toMatchObject({ plan: 'exact', estimate: 4, matched: 4, sequence: 1 });
    expect(await index.vectorsOf([1, 2, 9])).toEqual([Float32Array.of(-1, 0), null, Float32Array.of(0, 1)]);
  });

  it('forgets everything on clear and takes writes again', async () => {
    const dir = await fixture.folder();
    const index = fixture.hnsw(dir, { scanUpTo: 0 });
    await index.open(identityOf(2));
    await index.apply({ puts: [{ id: 1, vector: Float32Array.of(1, 0) }], deletes: [], sequence: 5 });
    await index.flush({ seal: true });
    await index.clear();
    expect(index.stats()).toMatchObject({ live: 0, segments: [], sequence: 0 });
    expect(index.durableSequence()).toBe(0);
    await index.apply({ puts: [{ id: 2, vector: Float32Array.of(1, 0) }], deletes: [], sequence: 6 });
    await index.flush({ seal: true });
    expect((await index.search({ vector: Float32Array.of(1, 0), k: 5 })).hits).toEqual([{ id: 2, score: 1 }]);
  });

  it('keeps what was cleared apart from what came after, for a search that began before', async () => {
    const index = fixture.exact(await fixture.folder());
    await index.open(identityOf(2));
    const vector = Float32Array.of(1, 0);
    await index.apply({ puts: [{ id: 1, vector }], deletes: [], sequence: 1 });
    const open = index['current'];
    if (!open) throw new Error('there is no open index');
    const before = open.contents.view();
    await index.clear();
    await index.apply({ puts: [{ id: 2, vector }], deletes: [], sequence: 2 });
    expect((await open.runner.run(before, { vector, k: 5 }, vector, null)).hits).toEqual([{ id: 1, score: 1 }]);
    before.release();
    expect((await index.search({ vector, k: 5 })).hits).toEqual([{ id: 2, score: 1 }]);
    expect([...(await index.ids())]).toEqual([2]);
  });
});
