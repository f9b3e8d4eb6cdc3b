import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import type { FilterCondition, ImageFilter } from '../domain/filter.js';
import { PostgresFilterResolver } from './postgres-filter-resolver.js';
import { PostgresMetadataFields } from './postgres-metadata-fields.js';
import { arrival, CatalogueFixture, newImage } from './testing/catalogue-fixture.js';

let catalogue: CatalogueFixture;
let resolver: PostgresFilterResolver;
beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
  resolver = new PostgresFilterResolver(catalogue.database, catalogue.vocabulary);
  const fields = new PostgresMetadataFields(catalogue.database);
  await fields.declare('word', 'text');
  await fields.declare('number', 'number');
});
afterAll(() => catalogue.drop());

interface Known {
  readonly width: number;
  readonly word?: unknown;
  readonly number?: unknown;
  readonly collection?: string;
}

/** The filter in plain JavaScript. */
function matches(filter: ImageFilter, image: Known): boolean {
  if ('and' in filter) return filter.and.every((one) => matches(one, image));
  if ('or' in filter) return filter.or.some((one) => matches(one, image));
  if ('not' in filter) return !matches(filter.not, image);
  return holds(filter, image);
}

function holds({ field, eq, in: among, gt, gte, lt, lte, prefix, exists }: FilterCondition, image: Known): boolean {
  const value = image[field.replace('metadata.', '') as keyof Known];
  const type = field === 'metadata.word' || field === 'collection' ? 'string' : 'number';
  if (typeof value !== 'string' && typeof value !== 'number') return exists === false;
  if (typeof value !== type) return exists === false;
  return (
    exists !== false &&
    (eq === undefined || value === eq) &&
    (among === undefined || among.includes(value)) &&
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte) &&
    (prefix === undefined || String(value).startsWith(prefix))
  );
}

const word = fc.constantFrom('', 'a', 'ab', 'abc', "b'", 'B', '%', 'é');
const number = fc.constantFrom(-1.5, 0, 1, 2, 1e300);
const value = fc.option(fc.oneof(word, number, fc.boolean()), { nil: undefined });
const image: fc.Arbitrary<Known> = fc.record({
  width: fc.integer({ min: 1, max: 4 }),
  word: value,
  number: value,
  collection: fc.option(fc.constantFrom('red', 'blue'), { nil: undefined }),
});
const compare = (field: string, given: fc.Arbitrary<string | number>): fc.Arbitrary<ImageFilter> =>
  fc.oneof(
    fc.record({ field: fc.constant(field), eq: given }),
    fc.record({ field: fc.constant(field), in: fc.array(given, { minLength: 1, maxLength: 3 }) }),
    fc.record({ field: fc.constant(field), gt: given, lte: given }),
    fc.record({ field: fc.constant(field), gte: given }),
    fc.record({ field: fc.constant(field), lt: given }),
    fc.record({ field: fc.constant(field), exists: fc.boolean() }),
  );
const { filter } = fc.letrec<{ filter: ImageFilter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    compare('metadata.word', word),
    fc.record({ field: fc.constant('metadata.word'), prefix: word }),
    compare('metadata.number', number),
    compare('width', fc.integer({ min: 0, max: 5 })),
    fc.record({ field: fc.constant('collection'), eq: fc.constantFrom('red', 'blue') }),
    fc.record({ and: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('filter') }),
  ),
}));

it('finds what plain JavaScript finds, while images come and go', async () => {
  const known = new Map<number, Known>();
  let stored = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(image, { maxLength: 4 }),
      fc.nat({ max: 3 }),
      fc.array(filter, { minLength: 3, maxLength: 3 }),
      async (images, deleted, filters) => {
        for (const one of images) {
          const { id } = await catalogue.storeOne(
            arrival('', undefined, {
              image: newImage(`image ${stored++}`, { width: one.width }),
              metadata: { word: one.word, number: one.number },
              ...(one.collection !== undefined && { collection: one.collection }),
            }),
          );
          known.set(id, one);
        }
        const gone = [...known.keys()].filter((id) => id % 4 === deleted).slice(0, 2);
        await catalogue.writer.delete(gone);
        for (const id of gone) known.delete(id);
        for (const one of filters) {
          const expected = [...known.keys()]
            .filter((id) => matches(one, known.get(id) ?? { width: 0 }))
            .sort((a, b) => a - b);
          expect([...(await resolver.resolve(one))]).toEqual(expected);
          expect([...(await resolver.resolve(one))]).toEqual(expected);
          expect(await resolver.count(one)).toBe(expected.length);
          expect([...(await resolver.whichMatch(one, [...known.keys()]))].sort((a, b) => a - b)).toEqual(expected);
        }
      },
    ),
    { seed: 12, numRuns: 40 },
  );
  expect(await resolver.estimate({ field: 'width', gte: 1 })).toBeGreaterThan(0);
}, 120_000);
