import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inCollection } from '#libs/catalogue';
import { RecentQueries, type VectorIndex } from '#libs/vector-index';
import { ClusteredVectors } from '../../../../bench/lib/clustered-vectors.js';
import { identityOf, IndexFixture } from '../../../vector-index/test/index-fixture.js';
import { RankImages } from './rank-images.js';
import { STRATEGIES, type RankOptions, type ResolvedExample, type ResolvedQuery } from './query.js';

const COUNT = 4000;
const DIMENSION = 32;
const K = 10;

const fixture = new IndexFixture();
const source = new ClusteredVectors(DIMENSION, { seed: 11 });
const vectors = source.take(COUNT).map(unit);
const others = source.take(300).map(unit);
let index: VectorIndex;
let ranking: RankImages;

beforeAll(async () => {
  index = fixture.hnsw(await fixture.folder(), { scanUpTo: 0, exactLimit: 50 });
  await index.open(identityOf(DIMENSION));
  const puts = vectors.map((vector, at) => ({ id: at + 1, vector }));
  await index.apply({ puts, deletes: [], sequence: COUNT });
  await index.flush({ seal: true });
  const ids = puts.map(({ id }) => id);
  for (const [name, belongs] of Object.entries(COLLECTIONS)) fixture.filters.collections.set(name, ids.filter(belongs));
  ranking = new RankImages(new RecentQueries());
});
afterAll(() => fixture.dispose());

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((component) => component / length);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
const squash = (x: number) => 0.5 * (x / (1 + Math.abs(x)) + 1);

/** The oracle: the definitions, a loop, double precision. */
function scorer({ strategy, positives, negatives }: ResolvedQuery): (image: Float32Array) => number {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const to = (examples: readonly ResolvedExample[], image: Float32Array) =>
    examples.map(({ vector, weight }) => weight * dot(vector, image));
  if (strategy === 'sum_scores') return (image) => sum(to(positives, image)) - sum(to(negatives, image));
  if (strategy === 'best_score') {
    return (image) => {
      const [liked, disliked] = [Math.max(...to(positives, image)), Math.max(...to(negatives, image))];
      return liked > disliked ? squash(liked) : -squash(disliked);
    };
  }
  const mean = (examples: readonly ResolvedExample[], i: number) =>
    sum(examples.map(({ vector, weight }) => weight * (vector[i] ?? 0))) / sum(examples.map(({ weight }) => weight));
  const query = Float32Array.from({ length: DIMENSION }, (_, i) =>
    negatives.length > 0 ? 2 * mean(positives, i) - mean(negatives, i) : mean(positives, i),
  );
  return (image) => dot(query, image) / Math.hypot(...query);
}

/** Ids that belong. `most` is so many that walking the graph costs less than scanning them. */
const COLLECTIONS = {
  all: () => true,
  most: (id: number) => id % 4 !== 0,
  tenth: (id: number) => id % 10 === 0,
  six: (id: number) => id % 600 === 0,
};
type Among = keyof typeof COLLECTIONS;

function oracle(query: ResolvedQuery, among: Among): { id: number; score: number }[] {
  const scoreOf = scorer(query);
  return vectors
    .map((vector, at) => ({ id: at + 1, score: scoreOf(vector) }))
    .filter(({ id }) => COLLECTIONS[among](id) && !query.exclude.includes(id))
    .sort((a, b) => b.score - a.score || a.id - b.id);
}

const examples = (least: number) =>
  fc.array(
    fc.record({
      vector: fc.nat(others.length - 1).map((at) => others[at] ?? new Float32Array()),
      weight: fc.constantFrom(0.25, 1, 1, 3),
    }),
    { minLength: least, maxLength: 4 },
  );
const queries = fc
  .record({
    strategy: fc.constantFrom(...STRATEGIES),
    positives: examples(0),
    negatives: examples(0),
    exclude: fc.uniqueArray(fc.integer({ min: 1, max: COUNT }), { maxLength: 5 }),
  })
  .filter(
    ({ strategy, positives, negatives }) =>
      positives.length > 0 || (negatives.length > 0 && strategy !== 'average_vector'),
  )
  // What an example adds must not be what another takes away.
  .filter(({ positives, negatives }) =>
    positives.every((one) => !negatives.some(({ vector }) => vector === one.vector)),
  );
const amongs = fc.constantFrom<Among>('all', 'most', 'tenth', 'six');

const optionsOf = (among: Among, more: Partial<RankOptions> = {}): RankOptions => ({
  k: K,
  ...(among !== 'all' && { filter: inCollection(among) }),
  ...more,
});

describe('examples and strategies against an oracle', () => {
  test('an exact search scores as defined, and never answers fewer than k while as many match', async () => {
    await fc.assert(
      fc.asyncProperty(queries, amongs, async (query, among) => {
        const { hits } = await ranking.rank(index, query, optionsOf(among, { exact: true }));
        const right = oracle(query, among).slice(0, K);
        expect(hits).toHaveLength(right.length);
        for (const [at, hit] of hits.entries()) expect(hit.score).toBeCloseTo(right[at]?.score ?? NaN, 4);
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  test('a search over graphs finds at least 99 of 100 of them, each with its exact score', async () => {
    let [found, wanted] = [0, 0];
    const plans = new Set<string>();
    await fc.assert(
      fc.asyncProperty(queries, amongs, async (query, among) => {
        const { hits, plan } = await ranking.rank(index, query, optionsOf(among));
        plans.add(plan);
        const all = oracle(query, among);
        expect(hits).toHaveLength(Math.min(K, all.length));
        const scores = new Map(all.map(({ id, score }) => [id, score]));
        for (const { id, score } of hits) expect(score).toBeCloseTo(scores.get(id) ?? NaN, 4);
        const least = all[hits.length - 1]?.score ?? -Infinity;
        found += hits.filter(({ score }) => score >= least - 1e-5).length;
        wanted += hits.length;
      }),
      { numRuns: 150, seed: 6 },
    );
    expect(found / wanted).toBeGreaterThanOrEqual(0.99);
    expect([...plans].sort()).toEqual(['exact', 'filtered-exact', 'filtered-hnsw', 'hnsw']);
  });

  test('a least score leaves out what is under it, in every strategy', async () => {
    await fc.assert(
      fc.asyncProperty(queries, async (query) => {
        const all = oracle(query, 'all');
        const middle = ((all[3]?.score ?? 0) + (all[4]?.score ?? 0)) / 2;
        const { hits } = await ranking.rank(index, query, optionsOf('all', { exact: true, minScore: middle }));
        expect(hits.length).toBe(all.filter(({ score }) => score >= middle).length);
      }),
      { numRuns: 30, seed: 7 },
    );
  });
});

test('examples that take each other away are an error, not an order by rounding', async () => {
  const [one] = others;
  const example = { vector: one ?? new Float32Array(), weight: 1 };
  const query = { positives: [example], negatives: [example], exclude: [] };
  for (const strategy of ['sum_scores'] as const) {
    expect(() => ranking.rank(index, { ...query, strategy }, { k: K })).toThrow(
      expect.objectContaining({ code: 'examples_cancel_out' }),
    );
  }
});
