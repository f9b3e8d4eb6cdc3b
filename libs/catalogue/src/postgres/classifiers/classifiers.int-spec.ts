import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import type { ClassifierRecord } from '../../domain/classifier.js';
import { CatalogueFixture, TAP, arrival, hashOf } from '../testing/catalogue-fixture.js';
import { PostgresCategoryScores } from './postgres-category-scores.js';
import { PostgresClassifiers } from './postgres-classifiers.js';
import { PostgresExamples } from './postgres-examples.js';
import { PostgresHeadVersions } from './postgres-head-versions.js';
import { PostgresLabels } from './postgres-labels.js';
import { PostgresRescorings } from './postgres-rescorings.js';
import { PostgresTrainings } from './postgres-trainings.js';

let server: TestDatabase;
let catalogue: CatalogueFixture;
let classifiers: PostgresClassifiers;
let labels: PostgresLabels;
let examples: PostgresExamples;
let versions: PostgresHeadVersions;
let scores: PostgresCategoryScores;
let rescorings: PostgresRescorings;

beforeAll(async () => {
  server = await createTestDatabase();
  catalogue = await CatalogueFixture.open(server.url);
  classifiers = new PostgresClassifiers(catalogue.database);
  labels = new PostgresLabels(catalogue.database);
  examples = new PostgresExamples(catalogue.database);
  versions = new PostgresHeadVersions(catalogue.database);
  scores = new PostgresCategoryScores(catalogue.database);
  rescorings = new PostgresRescorings(catalogue.database, catalogue.session);
});
afterAll(async () => {
  await catalogue.close();
  await server.drop();
});

let made = 0;
async function classifier(kind: 'single' | 'multi' = 'single', names = ['classic', 'modern']) {
  return (await classifiers.create(`era-${++made}`, kind, names)) as ClassifierRecord;
}
const categoryOf = (record: ClassifierRecord, at: number): number => record.categories[at]?.id ?? 0;
const versionOf = (record: ClassifierRecord) => ({
  classifierId: record.id,
  encoderFingerprint: 'ab'.repeat(32),
  taps: [TAP],
  categoryIds: record.categories.map((category) => category.id),
  document: { seed: 1 },
  weights: Buffer.from('{"format":"likeness-head"}'),
});

describe('classifiers', () => {
  test('names are taken once, and a classifier is found by name and by id', async () => {
    const record = await classifier();
    expect(await classifiers.create(record.name, 'multi', [])).toBeNull();
    expect(await classifiers.find(record.name)).toEqual(record);
    expect(await classifiers.find(record.id)).toEqual(record);
    const other = await classifier();
    expect(await classifiers.rename(other.id, record.name)).toBe(false);
    expect(await classifiers.rename(other.id, 'periods')).toBe(true);
    expect(await classifiers.addCategory(other.id, 'classic')).toBeNull();
    expect(await classifiers.renameCategory(categoryOf(other, 0), 'modern')).toBe(false);
    expect(await classifiers.renameCategory(categoryOf(other, 0), 'ancient')).toBe(true);
    expect((await classifiers.find('periods'))?.categories.map(({ name }) => name)).toEqual(['ancient', 'modern']);
  });

  test('a removed category takes its labels and scores along and leaves the history', async () => {
    const record = await classifier();
    const { id } = await catalogue.storeOne(arrival('removed category'));
    const categoryId = categoryOf(record, 0);
    await labels.state(record.id, [{ subject: { imageId: id }, categoryId, value: 'positive' }], { origin: 'api' });
    await classifiers.removeCategory(categoryId);
    expect((await labels.examplesOf(record.id)).length).toBe(0);
    const { events } = await labels.history(record.id, { imageId: id, limit: 10 });
    expect(events.map(({ value, origin }) => [value, origin])).toEqual([
      ['cleared', 'category removed'],
      ['positive', 'api'],
    ]);
    expect(await classifiers.addCategory(record.id, 'classic')).toEqual(expect.any(Number));
  });
});

describe('labels', () => {
  test('single: a second category supersedes the first, and the disagreement is kept', async () => {
    const record = await classifier();
    const { id } = await catalogue.storeOne(arrival('superseded'));
    const [classic, modern] = [categoryOf(record, 0), categoryOf(record, 1)];
    const say = (categoryId: number) =>
      labels.state(record.id, [{ subject: { imageId: id }, categoryId, value: 'positive' }], { origin: 'api' });
    expect(await say(classic)).toMatchObject([{ status: 'labelled', superseded: [] }]);
    expect(await say(classic)).toMatchObject([{ status: 'unchanged' }]);
    expect(await say(modern)).toMatchObject([{ status: 'labelled', superseded: [classic] }]);
    const [example] = await labels.examplesOf(record.id);
    expect(example?.labels).toEqual([{ categoryId: modern, positive: true }]);
    const disputed = await labels.disagreements(record.id, 10);
    expect(disputed.map(({ category, value }) => `${category} ${value}`)).toEqual([
      'classic positive',
      'modern positive',
      'classic cleared',
    ]);
  });

  test('what holds already is written into the history only where it is confirmed', async () => {
    const record = await classifier();
    const { id } = await catalogue.storeOne(arrival('confirmed'));
    const categoryId = categoryOf(record, 0);
    const say = (by: { origin: string; confirm?: boolean }) =>
      labels.state(record.id, [{ subject: { imageId: id }, categoryId, value: 'positive' }], by);
    await say({ origin: 'csv' });
    await say({ origin: 'api' });
    expect(await say({ origin: 'page', confirm: true })).toMatchObject([{ status: 'unchanged' }]);
    const { events } = await labels.history(record.id, { imageId: id, limit: 10 });
    expect(events.map(({ value, before, origin }) => [value, before, origin])).toEqual([
      ['positive', 'positive', 'page'],
      ['positive', null, 'csv'],
    ]);
    const { labels: held } = await labels.list(record.id, { imageIds: [id], limit: 10 });
    expect(held).toMatchObject([{ imageId: id, origin: 'page', positive: true }]);
    expect((await labels.list(record.id, { imageIds: [], limit: 10 })).labels).toEqual([]);
    expect(await labels.disagreements(record.id, 10)).toEqual([]);
  });

  test('multi: several categories hold at once, positive and negative', async () => {
    const record = await classifier('multi');
    const { id } = await catalogue.storeOne(arrival('several'));
    const subject = { imageId: id };
    await labels.state(
      record.id,
      [
        { subject, categoryId: categoryOf(record, 0), value: 'positive' },
        { subject, categoryId: categoryOf(record, 1), value: 'negative' },
      ],
      { origin: 'api' },
    );
    expect((await classifiers.find(record.id))?.categories).toMatchObject([
      { positives: 1, negatives: 0 },
      { positives: 0, negatives: 1 },
    ]);
  });

  test('each of many is reported by itself: deleted image, contradiction, foreign category', async () => {
    const record = await classifier();
    const other = await classifier();
    const kept = await catalogue.storeOne(arrival('kept'));
    const gone = await catalogue.storeOne(arrival('gone'));
    const twice = await catalogue.storeOne(arrival('twice'));
    await catalogue.writer.delete([gone.id]);
    const value = 'positive';
    const outcomes = await labels.state(
      record.id,
      [
        { subject: { imageId: kept.id }, categoryId: categoryOf(record, 0), value },
        { subject: { imageId: gone.id }, categoryId: categoryOf(record, 0), value },
        { subject: { imageId: twice.id }, categoryId: categoryOf(record, 0), value },
        { subject: { imageId: twice.id }, categoryId: categoryOf(record, 1), value },
        { subject: { imageId: kept.id }, categoryId: categoryOf(other, 0), value },
      ],
      { origin: 'csv' },
    );
    expect(outcomes.map((one) => (one.status === 'failed' ? one.error.code : one.status))).toEqual([
      'labelled',
      'image_not_found',
      'label_contradiction',
      'label_contradiction',
      'category_not_found',
    ]);
  });

  test('a label survives the deletion of its image, and counts again when the content comes back', async () => {
    const record = await classifier();
    const { id } = await catalogue.storeOne(arrival('comes back'));
    const categoryId = categoryOf(record, 0);
    await labels.state(record.id, [{ subject: { imageId: id }, categoryId, value: 'positive' }], { origin: 'api' });
    await catalogue.writer.delete([id]);
    expect(await classifiers.find(record.id)).toMatchObject({
      labelsWithoutImage: 1,
      categories: [{ positives: 0 }, {}],
    });
    const again = await catalogue.storeOne(arrival('comes back'));
    // Before anybody has asked for the labels: a training is refused or not by these numbers.
    expect(await classifiers.find(record.id)).toMatchObject({
      labelsWithoutImage: 0,
      categories: [{ positives: 1 }, {}],
    });
    expect(await labels.examplesOf(record.id)).toMatchObject([{ imageId: again.id, own: false }]);
    expect(await classifiers.find(record.id)).toMatchObject({
      labelsWithoutImage: 0,
      categories: [{ positives: 1 }, {}],
    });
  });
});

describe('examples', () => {
  test('an own image is kept once, invisible to listings, and its file is not garbage', async () => {
    const sha256 = hashOf('own');
    let kept = 0;
    const keep = async () => void kept++;
    const own = await examples.add(sha256, 'mine.jpg', keep);
    expect(own).toMatchObject({ own: true, imageId: null, name: 'mine.jpg' });
    expect((await examples.add(sha256, 'again.jpg', keep)).id).toBe(own.id);
    const { images } = await catalogue.reader.list({ limit: 500 });
    expect(images.map((image) => image.sha256)).not.toContain(sha256);
    const stored = await catalogue.storeOne(arrival('own'));
    await catalogue.writer.delete([stored.id]);
    const removed: string[] = [];
    await catalogue.writer.collectGarbage(1000, async (content) => void removed.push(content));
    expect(removed).not.toContain(sha256);
  });

  test('content of the catalogue becomes an example of its image, with the features that are there', async () => {
    const stored = await catalogue.storeOne(arrival('shared content'));
    const example = await examples.add(hashOf('shared content'), 'copy.jpg', () =>
      Promise.reject(new Error('not asked')),
    );
    expect(example).toMatchObject({ own: false, imageId: stored.id });
    const view = { encoderId: catalogue.space.encoderId, tap: TAP, view: 0 };
    expect((await examples.features(view, [example.id])).get(example.id)).toHaveLength(8);
    const flipped = Float32Array.of(1, 2, 3);
    await examples.keepFeatures({ ...view, view: 1 }, new Map([[example.id, flipped]]));
    expect([...(await examples.features({ ...view, view: 1 }, [example.id])).values()]).toEqual([flipped]);
  });
});

describe('versions and scores', () => {
  test('are numbered, immutable, and refused for categories that are gone', async () => {
    const record = await classifier();
    expect(await versions.add(versionOf(record))).toMatchObject({ number: 1, inUse: false, document: { seed: 1 } });
    expect((await versions.add(versionOf(record))).number).toBe(2);
    await classifiers.removeCategory(categoryOf(record, 1));
    await expect(versions.add(versionOf(record))).rejects.toMatchObject({ code: 'training_outdated' });
    expect((await versions.list(record.id)).map(({ number }) => number)).toEqual([2, 1]);
  });

  test('a version comes into use only when every image is scored; what arrives meanwhile is noticed', async () => {
    const record = await classifier();
    const version = await versions.add(versionOf(record));
    const space = { encoderId: catalogue.space.encoderId, taps: [TAP] };
    const { id } = await rescorings.create(record.id, version.id);
    expect((await versions.live()).map(({ versionId }) => versionId)).toContain(version.id);
    expect(await rescorings.claim(id)).toMatchObject({ status: 'running' });
    expect(await rescorings.claim(id)).toBeNull();
    const score = async () => {
      const { imageIds, features } = await scores.unscored(space, version.id, 0, 1000);
      expect(features).toHaveLength(imageIds.length * 8);
      const values = Float32Array.from(imageIds.flatMap((_, at) => [0.25 + at / 1000, 0.75 - at / 1000]));
      await scores.keep({ versionId: version.id, categoryIds: version.categoryIds, imageIds, scores: values });
      return imageIds;
    };
    expect((await score()).length).toBeGreaterThan(0);
    const late = await catalogue.storeOne(arrival('late'));
    expect(await rescorings.complete(id, space)).toBe(false);
    expect(await score()).toEqual([late.id]);
    expect(await rescorings.complete(id, space)).toBe(true);
    expect((await classifiers.find(record.id))?.versionInUse).toBe(1);
    expect(await versions.remove(version.id)).toBe(false);

    const inUse = await catalogue.database.query<{ images: number }>(
      'SELECT count(*) AS images FROM category_score_in_use WHERE classifier = $1 AND category = $2 AND score >= 0.5',
      [record.name, 'modern'],
    );
    expect(inUse[0]?.images).toBeGreaterThan(0);
    expect(await scores.counts(record.id, 0.5)).toEqual([
      { categoryId: categoryOf(record, 0), images: 0 },
      { categoryId: categoryOf(record, 1), images: inUse[0]?.images },
    ]);
    const first = await scores.browse(record.id, categoryOf(record, 1), { minScore: 0, maxScore: 1, limit: 2 });
    const [, last] = first;
    const second = await scores.browse(record.id, categoryOf(record, 1), {
      minScore: 0,
      maxScore: 1,
      limit: 500,
      after: last,
    });
    const all = [...first, ...second];
    expect(new Set(all.map(({ imageId }) => imageId)).size).toBe(all.length);
    expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).sort((a, b) => b - a));

    await catalogue.writer.delete([late.id]);
    expect(await scores.ofImages(record.id, [late.id])).toEqual([]);
    const nobody = {
      versionId: version.id,
      categoryIds: version.categoryIds,
      imageIds: [late.id],
      scores: Float32Array.of(1, 0),
    };
    expect(await scores.keep(nobody)).toBe(0);
    await classifiers.remove(record.id);
    expect(await classifiers.find(record.id)).toBeNull();
  });
});

describe('a rescoring', () => {
  const space = () => ({ encoderId: catalogue.space.encoderId, taps: [TAP] });

  test('is complete without the images that cannot be scored, and only without them', async () => {
    const record = await classifier();
    const version = await versions.add(versionOf(record));
    const { id } = await rescorings.create(record.id, version.id);
    await rescorings.claim(id);
    const { imageIds } = await scores.unscored(space(), version.id, 0, 1000);
    const [unusable = 0, ...usable] = imageIds;
    const values = new Float32Array(2 * usable.length).fill(0.5);
    await scores.keep({ versionId: version.id, categoryIds: version.categoryIds, imageIds: usable, scores: values });
    expect(await rescorings.complete(id, space())).toBe(false);
    expect(await rescorings.complete(id, space(), usable)).toBe(false);
    expect(await rescorings.complete(id, space(), [unusable])).toBe(true);
    expect((await classifiers.find(record.id))?.versionInUse).toBe(1);
  });

  test('of a version without a category left is known as such', async () => {
    const record = await classifier();
    const version = await versions.add(versionOf(record));
    expect(await versions.categoriesLeft(version.id)).toBe(2);
    for (const { id } of record.categories) await classifiers.removeCategory(id);
    expect(await versions.categoriesLeft(version.id)).toBe(0);
  });
});

describe('trainings', () => {
  test('are taken up again when their process has died, and a cancelled one takes no result', async () => {
    const record = await classifier();
    const trainings = new PostgresTrainings(catalogue.database, catalogue.session);
    const { id } = await trainings.create(record.id, { seed: 3 });
    expect(await trainings.claim(id)).toMatchObject({ status: 'running', attempts: 1, request: { seed: 3 } });
    expect(await trainings.abandoned()).not.toContain(id);
    expect(await trainings.report(id, { done: 0.5 })).toBe(true);

    const dead = await CatalogueFixture.open(server.url);
    const other = await trainings.create(record.id, {});
    await new PostgresTrainings(dead.database, dead.session).claim(other.id);
    expect(await trainings.claim(other.id)).toBeNull();
    await dead.close();
    expect(await trainings.abandoned()).toContain(other.id);
    expect(await trainings.claim(other.id)).toMatchObject({ status: 'running', attempts: 2 });

    expect(await trainings.cancel(id)).toBe(true);
    expect(await trainings.report(id, {})).toBe(false);
    await trainings.finish(id, { versionId: 1 });
    expect(await trainings.find(record.id, id)).toMatchObject({ status: 'cancelled', version: null });
    expect(await trainings.cancel(id)).toBe(false);
  });

  test('a training has a version or was cancelled, never both', async () => {
    const record = await classifier();
    const trainings = new PostgresTrainings(catalogue.database, catalogue.session);
    const cancelled = await trainings.create(record.id, {});
    await trainings.claim(cancelled.id);
    await trainings.cancel(cancelled.id);
    await expect(versions.add({ ...versionOf(record), trainingId: cancelled.id })).rejects.toMatchObject({
      code: 'training_aborted',
    });
    expect(await versions.list(record.id)).toEqual([]);

    const made = await trainings.create(record.id, {});
    await trainings.claim(made.id);
    expect(await versions.add({ ...versionOf(record), trainingId: made.id })).toMatchObject({ number: 1 });
    expect(await trainings.cancel(made.id)).toBe(false);
    expect(await trainings.find(record.id, made.id)).toMatchObject({ status: 'running', version: 1 });
  });
});
