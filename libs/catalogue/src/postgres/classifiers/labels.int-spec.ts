import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { arrival } from '../testing/catalogue-fixture.js';
import { ClassifierFixture, categoryOf } from '../testing/classifier-fixture.js';

let on: ClassifierFixture;

beforeAll(async () => {
  on = await ClassifierFixture.open(await createTestDatabase());
});
afterAll(() => on.drop());

describe('labels', () => {
  test('single: a second category supersedes the first, and the disagreement is kept', async () => {
    const record = await on.make();
    const { id } = await on.catalogue.storeOne(arrival('superseded'));
    const [classic, modern] = [categoryOf(record, 0), categoryOf(record, 1)];
    const say = (categoryId: number) =>
      on.labels.state(record.id, [{ subject: { imageId: id }, categoryId, value: 'positive' }], { origin: 'api' });
    expect(await say(classic)).toMatchObject([{ status: 'labelled', superseded: [] }]);
    expect(await say(classic)).toMatchObject([{ status: 'unchanged' }]);
    expect(await say(modern)).toMatchObject([{ status: 'labelled', superseded: [classic] }]);
    const [example] = await on.labels.examplesOf(record.id);
    expect(example?.labels).toEqual([{ categoryId: modern, positive: true }]);
    const disputed = await on.labels.disagreements(record.id, 10);
    expect(disputed.map(({ category, value }) => `${category} ${value}`)).toEqual([
      'classic positive',
      'modern positive',
      'classic cleared',
    ]);
  });

  test('what holds already is written into the history only where it is confirmed', async () => {
    const record = await on.make();
    const { id } = await on.catalogue.storeOne(arrival('confirmed'));
    const categoryId = categoryOf(record, 0);
    const say = (by: { origin: string; confirm?: boolean }) =>
      on.labels.state(record.id, [{ subject: { imageId: id }, categoryId, value: 'positive' }], by);
    await say({ origin: 'csv' });
    await say({ origin: 'api' });
    expect(await say({ origin: 'page', confirm: true })).toMatchObject([{ status: 'unchanged' }]);
    const { events } = await on.labels.history(record.id, { imageId: id, limit: 10 });
    expect(events.map(({ value, before, origin }) => [value, before, origin])).toEqual([
      ['positive', 'positive', 'page'],
      ['positive', null, 'csv'],
    ]);
    const { labels: held } = await on.labels.list(record.id, { imageIds: [id], limit: 10 });
    expect(held).toMatchObject([{ imageId: id, origin: 'page', positive: true }]);
    expect((await on.labels.list(record.id, { imageIds: [], limit: 10 })).labels).toEqual([]);
    expect(await on.labels.disagreements(record.id, 10)).toEqual([]);
  });

  test('multi: several categories hold at once, positive and negative', async () => {
    const record = await on.make('multi');
    const { id } = await on.catalogue.storeOne(arrival('several'));
    const subject = { imageId: id };
    await on.labels.state(
      record.id,
      [
        { subject, categoryId: categoryOf(record, 0), value: 'positive' },
        { subject, categoryId: categoryOf(record, 1), value: 'negative' },
      ],
      { origin: 'api' },
    );
    expect((await on.classifiers.find(record.id))?.categories).toMatchObject([
      { positives: 1, negatives: 0 },
      { positives: 0, negatives: 1 },
    ]);
  });

  test('each of many is reported by itself: deleted image, contradiction, foreign category', async () => {
    const record = await on.make();
    const other = await on.make();
    const kept = await on.catalogue.storeOne(arrival('kept'));
    const gone = await on.catalogue.storeOne(arrival('gone'));
    const twice = await on.catalogue.storeOne(arrival('twice'));
    await on.catalogue.writer.delete([gone.id]);
    const value = 'positive';
    const outcomes = await on.labels.state(
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

  test('the examples of a classifier come in the order of their content, whenever each was labelled', async () => {
    const record = await on.make();
    const stored = [];
    for (const name of ['any', 'order', 'of', 'coming']) stored.push(await on.catalogue.storeOne(arrival(name)));
    const categoryId = categoryOf(record, 0);
    for (const { id } of stored.toReversed()) {
      await on.labels.state(record.id, [{ subject: { imageId: id }, categoryId, value: 'positive' }], {
        origin: 'api',
      });
    }
    const hashes = (await on.labels.examplesOf(record.id)).map(({ sha256 }) => sha256);
    expect(hashes).toHaveLength(4);
    expect(hashes).toEqual(hashes.toSorted());
  });

  test('a label survives the deletion of its image, and counts again when the content comes back', async () => {
    const record = await on.make();
    const { id } = await on.catalogue.storeOne(arrival('comes back'));
    const categoryId = categoryOf(record, 0);
    await on.labels.state(record.id, [{ subject: { imageId: id }, categoryId, value: 'positive' }], { origin: 'api' });
    await on.catalogue.writer.delete([id]);
    expect(await on.classifiers.find(record.id)).toMatchObject({
      labelsWithoutImage: 1,
      categories: [{ positives: 0 }, {}],
    });
    const again = await on.catalogue.storeOne(arrival('comes back'));
    // Before anybody has asked for the labels: a training is refused or not by these numbers.
    expect(await on.classifiers.find(record.id)).toMatchObject({
      labelsWithoutImage: 0,
      categories: [{ positives: 1 }, {}],
    });
    expect(await on.labels.examplesOf(record.id)).toMatchObject([{ imageId: again.id, own: false }]);
    expect(await on.classifiers.find(record.id)).toMatchObject({
      labelsWithoutImage: 0,
      categories: [{ positives: 1 }, {}],
    });
  });
});
