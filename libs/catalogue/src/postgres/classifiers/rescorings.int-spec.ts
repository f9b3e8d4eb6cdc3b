import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { TAP, arrival } from '../testing/catalogue-fixture.js';
import { ClassifierFixture, categoryOf, versionOf } from '../testing/classifier-fixture.js';

/** Scores of two images for two categories. */
const HALVES = new Float32Array(4).fill(0.5);

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

  test('of the same images are kept by two at once, each in an order of its own', async () => {
    const { database } = on.catalogue;
    const imageIds: number[] = [];
    for (const one of ['first', 'second']) imageIds.push((await on.catalogue.storeOne(arrival(one))).id);
    const version = await on.versions.add(versionOf(await on.make()));
    // Whoever has written a row waits before the next: by then the other one has begun too.
    await database.query(
      `CREATE FUNCTION wait_for_other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF current_setting('test.begun', true) = 'yes' THEN PERFORM pg_advisory_xact_lock_shared(4711); END IF;
         PERFORM set_config('test.begun', 'yes', true);
         RETURN NEW;
       END $$`,
    );
    await database.query(
      'CREATE TRIGGER wait_for_other BEFORE INSERT ON category_score FOR EACH ROW EXECUTE FUNCTION wait_for_other()',
    );
    const keep = (ids: readonly number[]) =>
      on.scores.keep({ versionId: version.id, categoryIds: version.categoryIds, imageIds: ids, scores: HALVES });
    let kept: Promise<number[]> | undefined;
    await database.transaction(async (holder) => {
      await holder.query('SELECT pg_advisory_xact_lock(4711)');
      kept = Promise.all([keep(imageIds), keep(imageIds.toReversed())]);
      kept.catch(() => undefined); // awaited below
      while ((await on.catalogue.waiting()) < 2) await sleep(10);
    });
    expect(await kept).toEqual([4, 4]);
    await database.query('DROP FUNCTION wait_for_other CASCADE');
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
