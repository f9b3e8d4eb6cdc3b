import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import type { ClassifierKind, ClassifierRecord } from '../../domain/classifier.js';
import { CatalogueFixture, TAP, arrival } from '../testing/catalogue-fixture.js';
import { PostgresCategoryScores } from './postgres-category-scores.js';
import { PostgresClassifiers } from './postgres-classifiers.js';
import { PostgresHeadVersions } from './postgres-head-versions.js';
import { PostgresLabels } from './postgres-labels.js';
import { PostgresRescorings } from './postgres-rescorings.js';

let catalogue: CatalogueFixture;
let scores: PostgresCategoryScores;
/** Five images, by ascending id. */
let images: readonly number[];

beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
  scores = new PostgresCategoryScores(catalogue.database);
  const names = ['a', 'b', 'c', 'd', 'e'];
  const stored = await catalogue.store(names.map((name) => arrival(name)));
  images = stored.flatMap((one) => (one.status === 'stored' ? [one.stored.id] : [])).sort((a, b) => a - b);
});
afterAll(() => catalogue.drop());

/** A classifier of three categories whose version in use has given the images these scores. */
async function scored(name: string, kind: ClassifierKind, rows: readonly (readonly number[])[]) {
  const { database, session, space } = catalogue;
  const record = (await new PostgresClassifiers(database).create(name, kind, ['x', 'y', 'z'])) as ClassifierRecord;
  const categoryIds = record.categories.map(({ id }) => id);
  const { id: versionId } = await new PostgresHeadVersions(database).add({
    classifierId: record.id,
    encoderFingerprint: 'ab'.repeat(32),
    taps: [TAP],
    categoryIds,
    document: {},
    weights: Buffer.from('{}'),
  });
  const rescorings = new PostgresRescorings(database, session);
  const rescoring = await rescorings.create(record.id, versionId);
  await rescorings.claim(rescoring.id);
  await scores.keep({ versionId, categoryIds, imageIds: images, scores: Float32Array.from(rows.flat()) });
  expect(await rescorings.complete(rescoring.id, { encoderId: space.encoderId, taps: [TAP] })).toBe(true);
  return record;
}

/** Places of the images among the five, and how uncertain they are, as they come. */
async function uncertain(record: ClassifierRecord, limit: number): Promise<[number, number][]> {
  const found = await scores.uncertain(record.id, record.kind, limit);
  return found.map(({ imageId, uncertainty }) => [images.indexOf(imageId), Number(uncertainty.toFixed(5))]);
}

describe('uncertain images', () => {
  test('single: the smaller the margin between the two most probable categories, the sooner', async () => {
    const record = await scored('margins', 'single', [
      [0.9, 0.06, 0.04],
      [0.1, 0.44, 0.46],
      [0.5, 0.3, 0.2],
      [0.98, 0.01, 0.01],
      [0.35, 0.25, 0.4],
    ]);
    const all = [
      [1, 0.98],
      [4, 0.95],
      [2, 0.8],
      [0, 0.16],
      [3, 0.03],
    ];
    expect(await uncertain(record, 10)).toEqual(all);
    expect(await uncertain(record, 2)).toEqual(all.slice(0, 2));
  });

  test('multi: the nearer any category is to one half, the sooner', async () => {
    const record = await scored('halves', 'multi', [
      [0.02, 0.05, 0.01],
      [0.98, 0.99, 0.45],
      [0.3, 0.9, 0.95],
      [0.52, 0.05, 0.99],
      [0.1, 0.2, 0.1],
    ]);
    expect(await uncertain(record, 4)).toEqual([
      [3, 0.96],
      [1, 0.9],
      [2, 0.6],
      [4, 0.4],
    ]);
  });

  test('images that have any label are left out, and images of equal uncertainty come by ascending id', async () => {
    const record = await scored(
      'labelled',
      'single',
      Array.from(images, () => [0.5, 0.4, 0.1]),
    );
    const subject = { imageId: images[1] ?? 0 };
    const categoryId = record.categories[2]?.id ?? 0;
    const labels = new PostgresLabels(catalogue.database);
    await labels.state(record.id, [{ subject, categoryId, value: 'negative' }], { origin: 'api' });
    expect((await uncertain(record, 10)).map(([at]) => at)).toEqual([0, 2, 3, 4]);
  });
});
