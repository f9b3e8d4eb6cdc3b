import fc from 'fast-check';
import { inCollection } from '#libs/catalogue';
import { afterAll, describe, expect, it } from 'vitest';
import { ClusteredVectors } from '../../../bench/lib/clustered-vectors.js';
import { identityOf, IndexFixture } from '../test/index-fixture.js';
import { NaiveIndex } from '../test/naive-index.js';
import type { SearchPlan, VectorIndex } from './vector-index.js';

const DIMENSION = 16;
const MOST_IDS = 2500;
/** As the settings have it; searches at random take fewer. */
const EF = 64;
const LONG = 180_000;

const share = fc.double({ min: 0, max: 1, noNaN: true });
/** Of a filter that is walked even where the index is small. */
const broad = fc.double({ min: 0.85, max: 1, noNaN: true });
/** Every id belongs with the probability `share`, by a hash of the id: the same ids whatever is stored. */
const belongs = (salt: number, of: number) => (id: number) =>
  (((Math.imul(id ^ salt, 2654435761) >>> 0) % 1000) + 0.5) / 1000 < of;
const salt = fc.nat({ max: 1000 });

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), count: fc.integer({ min: 1, max: 250 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replace' as const), salt, share }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), salt, share }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const), seal: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('search' as const),
      salt,
      share: fc.option(fc.oneof(share, broad), { nil: undefined }),
      k: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 8 }) }, fc.integer({ min: 9, max: 60 })),
      excluded: fc.integer({ min: 0, max: 20 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** An index beside the oracle, through the same changes. */
class Pair {
  readonly plans = new Set<SearchPlan>();
  private readonly oracle = new NaiveIndex();
  private readonly source = new ClusteredVectors(DIMENSION, { clusters: 8, seed: 21 });
  private sequence = 0;
  private nextId = 1;

  constructor(
    private readonly fixture: IndexFixture,
    private readonly index: VectorIndex,
  ) {}

  async take(action: Step): Promise<void> {
    switch (action.kind) {
      case 'put':
        return this.put(Array.from({ length: Math.min(action.count, MOST_IDS - this.nextId) }, () => this.nextId++));
      case 'replace':
        return this.put(this.live().filter(belongs(action.salt, action.share / 4)));
      case 'delete':
        return this.delete(this.live().filter(belongs(action.salt, action.share / 2)));
      case 'flush':
        return this.index.flush({ seal: action.seal });
      case 'search':
        return this.search(action);
    }
  }

  /** Every image that lives (or every n-th) is its own nearest neighbour, without a filter and under a broad one. */
  async findThemselves(every: number): Promise<void> {
    const live = this.live().filter((_, at) => at % every === 0);
    this.fixture.filters.collections.set('own', live.filter(belongs(1, 0.9)));
    const lost: number[] = [];
    for (const id of live) {
      const vector = this.oracle.vectors.get(id) ?? new Float32Array();
      const [plain, filtered] = await Promise.all([
        this.index.search({ vector, k: 1, ef: EF }),
        this.index.search({ vector, k: 1, ef: EF, filter: inCollection('own') }),
      ]);
      if (plain.hits[0]?.id !== id) lost.push(id);
      if (belongs(1, 0.9)(id) && filtered.hits[0]?.id !== id) lost.push(id);
    }
    expect(lost).toEqual([]);
  }

  private async search({ salt: given, share: of, k, excluded }: Extract<Step, { kind: 'search' }>): Promise<void> {
    const matches = of === undefined ? () => true : belongs(given, of);
    // Ids that never were and ids that are gone match too, as where the catalogue is ahead of the index.
    const ids = Array.from({ length: MOST_IDS + 50 }, (_, i) => i + 1).filter(matches);
    this.fixture.filters.collections.set('some', ids);
    const vector = this.source.next();
    const exclude = this.live().filter(matches).slice(0, excluded);
    const accept = (id: number) => matches(id) && !exclude.includes(id);
    const expected = this.oracle.search(vector, k, accept);
    const filter = of === undefined ? undefined : inCollection('some');
    const { hits, ...answer } = await this.index.search({ vector, k, exclude, filter });
    this.plans.add(answer.plan);
    expect(hits).toHaveLength(Math.min(k, expected.matched));
    expect(answer).toMatchObject({
      matched: this.live().filter(matches).length,
      estimate: filter === undefined ? this.oracle.vectors.size : ids.length,
      sequence: this.sequence,
    });
    expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
    // Nothing that is deleted, excluded or does not match, and every score is the true one.
    const truth = new Map(this.oracle.search(vector, Infinity, accept).hits.map(({ id, score }) => [id, score]));
    for (const { id, score } of hits) expect(score).toBeCloseTo(truth.get(id) ?? NaN, 5);
    const scores = hits.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  }

  private live(): number[] {
    return [...this.oracle.vectors.keys()];
  }

  private async put(ids: readonly number[]): Promise<void> {
    const puts = ids.map((id) => ({ id, vector: this.source.next() }));
    for (const { id, vector } of puts) this.oracle.vectors.set(id, vector);
    await this.index.apply({ puts, deletes: [], sequence: ++this.sequence });
  }

  private async delete(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.oracle.vectors.delete(id);
    await this.index.apply({ puts: [], deletes: ids, sequence: ++this.sequence });
  }
}

describe('whatever is put, replaced, deleted and merged', () => {
  const fixture = new IndexFixture();
  afterAll(() => fixture.dispose());

  it(
    'a search gives as many as match up to k, all of them live and matching, and each image finds itself',
    async () => {
      const plans = new Set<SearchPlan>();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 30 }), async (steps) => {
          // So few candidates and so low limits that graphs are walked under most filters, and have to be widened.
          const index = fixture.hnsw(await fixture.folder(), { scanUpTo: 0, exactLimit: 0, ef: 8, sealAt: 200, m: 12 });
          await index.open(identityOf(DIMENSION));
          const pair = new Pair(fixture, index);
          await pair.take({ kind: 'put', count: 150 });
          await pair.take({ kind: 'search', salt: 1, share: undefined, k: 5, excluded: 3 });
          await pair.take({ kind: 'put', count: 1350 });
          await pair.take({ kind: 'flush', seal: true });
          for (const action of steps) await pair.take(action);
          await pair.findThemselves(5);
          await index.flush({ seal: true });
          await pair.findThemselves(1);
          for (const plan of pair.plans) plans.add(plan);
          await index.close();
        }),
        { numRuns: 4, seed: 31 },
      );
      expect([...plans].sort()).toEqual(['exact', 'filtered-exact', 'filtered-hnsw', 'hnsw']);
    },
    LONG,
  );
});
