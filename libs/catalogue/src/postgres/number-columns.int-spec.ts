import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { PostgresFilterResolver } from './postgres-filter-resolver.js';
import { PostgresImports } from './postgres-imports.js';
import { arrival, TAP } from './testing/catalogue-fixture.js';
import { categoryOf, ClassifierFixture, versionOf } from './testing/classifier-fixture.js';

let on: ClassifierFixture;

beforeAll(async () => {
  on = await ClassifierFixture.open(await createTestDatabase());
});
afterAll(() => on.drop());

test.each([2 ** 31 - 1, 2 ** 31, 3e9, Number.MAX_SAFE_INTEGER, 1e63, Infinity])(
  'nothing is found by %d',
  async (id) => {
    const { database, session, transactions } = on.catalogue;
    const imports = new PostgresImports(database, session, transactions);
    const { id: classifierId } = await on.make();
    expect(await imports.find(id)).toBeNull();
    expect(await imports.cancel(id)).toBeNull();
    expect(await on.classifiers.find(id)).toBeNull();
    expect(await on.versions.find(classifierId, id)).toBeNull();
    expect(await on.trainings.find(classifierId, id)).toBeNull();
  },
);

test('scores are compared with any number', async () => {
  const wanted = [0, 0.25, 0.9, 1];
  const stored = await Promise.all(wanted.map((score) => on.catalogue.storeOne(arrival(`scored ${score}`))));
  const record = await on.make('multi');
  const version = await on.versions.add(versionOf(record));
  const space = { encoderId: on.catalogue.space.encoderId, taps: [TAP] };
  const { id } = await on.rescorings.create(record.id, version.id);
  await on.rescorings.claim(id);
  await on.scores.keep({
    versionId: version.id,
    categoryIds: version.categoryIds,
    imageIds: stored.map((image) => image.id),
    scores: Float32Array.from(wanted.flatMap((score) => [score, 0])),
  });
  expect(await on.rescorings.complete(id, space)).toBe(true);

  const resolver = new PostgresFilterResolver(on.catalogue.database, on.catalogue.vocabulary);
  const scoresWhere = async (condition: object) => {
    const ids = await resolver.resolve({ field: `category.${record.name}.classic`, ...condition });
    return [...ids].map((found) => wanted[stored.findIndex((image) => image.id === found)]).sort();
  };
  for (const beyond of [1e39, 1e300, Number.MAX_VALUE]) {
    expect(await scoresWhere({ gte: beyond })).toEqual([]);
    expect(await scoresWhere({ lt: -beyond })).toEqual([]);
    expect(await scoresWhere({ lte: beyond })).toEqual(wanted);
    expect(await scoresWhere({ gt: -beyond })).toEqual(wanted);
    expect(await scoresWhere({ in: [beyond, 0.25, -beyond] })).toEqual([0.25]);
  }
  for (const tiny of [1e-40, 1e-300, Number.MIN_VALUE]) expect(await scoresWhere({ gt: tiny })).toEqual([0.25, 0.9, 1]);
  // As they were given out, although no `real` is 0.9 exactly.
  expect(await scoresWhere({ eq: 0.9 })).toEqual([0.9]);
  expect(await scoresWhere({ gte: 0.9 })).toEqual([0.9, 1]);

  const category = categoryOf(record, 0);
  expect((await on.scores.counts(record.id, 1e-300))[0]).toEqual({ categoryId: category, images: 4 });
  const after = { score: 1e300, imageId: 1 };
  const page = await on.scores.browse(record.id, category, { minScore: 1e-300, maxScore: 0.9, after, limit: 9 });
  expect(page.map(({ score }) => score)).toEqual([0.9, 0.25, 0]);
});
