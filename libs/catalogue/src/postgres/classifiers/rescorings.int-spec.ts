import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { TAP, arrival } from '../testing/catalogue-fixture.js';
import { ClassifierFixture, categoryOf, versionOf } from '../testing/classifier-fixture.js';

let on: ClassifierFixture;

beforeAll(async () => {
  on = await ClassifierFixture.open(await createTestDatabase());
});
afterAll(() => on.drop());

describe('scores', () => {
  test('a version comes into use only when every image is scored; what arrives meanwhile is noticed', async () => {
    await on.catalogue.storeOne(arrival('early'));
    const record = await on.make();
    const version = await on.versions.add(versionOf(record));
    const space = { encoderId: on.catalogue.space.encoderId, taps: [TAP] };
    const { id } = await on.rescorings.create(record.id, version.id);
    expect((await on.versions.live()).map(({ versionId }) => versionId)).toContain(version.id);
    expect(await on.rescorings.claim(id)).toMatchObject({ status: 'running' });
    expect(await on.rescorings.claim(id)).toBeNull();
    const score = async () => {
      const { imageIds, features } = await on.scores.unscored(space, version.id, 0, 1000);
      expect(features).toHaveLength(imageIds.length * 8);
      const values = Float32Array.from(imageIds.flatMap((_, at) => [0.25 + at / 1000, 0.75 - at / 1000]));
      await on.scores.keep({ versionId: version.id, categoryIds: version.categoryIds, imageIds, scores: values });
      return imageIds;
    };
    expect((await score()).length).toBeGreaterThan(0);
    const late = await on.catalogue.storeOne(arrival('late'));
    expect(await on.rescorings.complete(id, space)).toBe(false);
    expect(await score()).toEqual([late.id]);
    expect(await on.rescorings.complete(id, space)).toBe(true);
    expect((await on.classifiers.find(record.id))?.versionInUse).toBe(1);
    expect(await on.versions.remove(version.id)).toBe(false);

    const inUse = await on.catalogue.database.query<{ images: number }>(
      'SELECT count(*) AS images FROM category_score_in_use WHERE classifier = $1 AND category = $2 AND score >= 0.5',
      [record.name, 'modern'],
    );
    expect(inUse[0]?.images).toBeGreaterThan(0);
    expect(await on.scores.counts(record.id, 0.5)).toEqual([
      { categoryId: categoryOf(record, 0), images: 0 },
      { categoryId: categoryOf(record, 1), images: inUse[0]?.images },
    ]);
    const first = await on.scores.browse(record.id, categoryOf(record, 1), { minScore: 0, maxScore: 1, limit: 2 });
    const [, last] = first;
    const second = await on.scores.browse(record.id, categoryOf(record, 1), {
      minScore: 0,
      maxScore: 1,
      limit: 500,
      after: last,
    });
    const all = [...first, ...second];
    expect(new Set(all.map(({ imageId }) => imageId)).size).toBe(all.length);
    expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).sort((a, b) => b - a));

    await on.catalogue.writer.delete([late.id]);
    expect(await on.scores.ofImages(record.id, [late.id])).toEqual([]);
    const nobody = {
      versionId: version.id,
      categoryIds: version.categoryIds,
      imageIds: [late.id],
      scores: Float32Array.of(1, 0),
    };
    expect(await on.scores.keep(nobody)).toBe(0);
    await on.classifiers.remove(record.id);
    expect(await on.classifiers.find(record.id)).toBeNull();
  });
});

describe('a rescoring', () => {
  const space = () => ({ encoderId: on.catalogue.space.encoderId, taps: [TAP] });

  test('is complete without the images that cannot be scored, and only without them', async () => {
    for (const one of ['unusable', 'usable', 'usable too']) await on.catalogue.storeOne(arrival(one));
    const record = await on.make();
    const version = await on.versions.add(versionOf(record));
    const { id } = await on.rescorings.create(record.id, version.id);
    await on.rescorings.claim(id);
    const { imageIds } = await on.scores.unscored(space(), version.id, 0, 1000);
    const [unusable = 0, ...usable] = imageIds;
    const values = new Float32Array(2 * usable.length).fill(0.5);
    await on.scores.keep({ versionId: version.id, categoryIds: version.categoryIds, imageIds: usable, scores: values });
    expect(await on.rescorings.complete(id, space())).toBe(false);
    expect(await on.rescorings.complete(id, space(), usable)).toBe(false);
    expect(await on.rescorings.complete(id, space(), [unusable])).toBe(true);
    expect((await on.classifiers.find(record.id))?.versionInUse).toBe(1);
  });

  test('of a version without a category left is known as such', async () => {
    const record = await on.make();
    const version = await on.versions.add(versionOf(record));
    expect(await on.versions.categoriesLeft(version.id)).toBe(2);
    for (const { id } of record.categories) await on.classifiers.removeCategory(id);
    expect(await on.versions.categoriesLeft(version.id)).toBe(0);
  });
});
