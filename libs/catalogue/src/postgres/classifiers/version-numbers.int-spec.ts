import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import type { HeadVersionRecord } from '../../domain/classifier.js';
import { CatalogueFixture, TAP } from '../testing/catalogue-fixture.js';
import { olderSchema } from '../testing/older-schema.js';
import { PostgresClassifiers } from './postgres-classifiers.js';
import { PostgresHeadVersions } from './postgres-head-versions.js';

let catalogue: CatalogueFixture;
let classifiers: PostgresClassifiers;
let versions: PostgresHeadVersions;

beforeAll(async () => {
  const server = await createTestDatabase();
  await olderSchema(server.url, '1763770000000', (older) =>
    older.query(
      `WITH made AS (INSERT INTO classifier (name, kind) VALUES ('from before', 'single') RETURNING id)
       INSERT INTO head_version (classifier_id, number, encoder_fingerprint, taps, category_ids, document, weights)
       SELECT made.id, n, 'ab', '{}', '{}', '{}', '' FROM made, unnest(ARRAY[1, 4]) AS n`,
    ),
  );
  catalogue = await CatalogueFixture.open(server);
  classifiers = new PostgresClassifiers(catalogue.database);
  versions = new PostgresHeadVersions(catalogue.database);
});
afterAll(() => catalogue.drop());

const add = (classifierId: number): Promise<HeadVersionRecord> =>
  versions.add({
    classifierId,
    encoderFingerprint: 'ab'.repeat(32),
    taps: [TAP],
    categoryIds: [],
    document: {},
    weights: Buffer.from('{}'),
  });

test('the number of a deleted version is never given again, also not that of the newest or of the only one', async () => {
  const { id } = (await classifiers.create('deleted from', 'single', [])) ?? { id: 0 };
  for (const number of [1, 2, 3]) {
    const version = await add(id);
    expect(version.number).toBe(number);
    await versions.remove(version.id);
  }
  const kept = await Promise.all([add(id), add(id), add(id)]);
  expect(kept.map(({ number }) => number).sort()).toEqual([4, 5, 6]);
});

test('each classifier counts for itself, and a version that could not be made costs no number', async () => {
  const { id } = (await classifiers.create('counts alone', 'single', [])) ?? { id: 0 };
  expect((await add(id)).number).toBe(1);
  const foreign = { classifierId: id, encoderFingerprint: '', taps: [], document: {}, weights: Buffer.from('{}') };
  await expect(versions.add({ ...foreign, categoryIds: [987654] })).rejects.toMatchObject({
    code: 'training_outdated',
  });
  expect((await add(id)).number).toBe(2);
});

test('a classifier from before versions were counted goes on after its newest', async () => {
  const { id } = (await classifiers.find('from before')) ?? { id: 0 };
  expect((await add(id)).number).toBe(5);
});
