import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { arrival } from '../testing/catalogue-fixture.js';
import { ClassifierFixture, categoryOf } from '../testing/classifier-fixture.js';

let on: ClassifierFixture;

beforeAll(async () => {
  on = await ClassifierFixture.open(await createTestDatabase());
});
afterAll(() => on.drop());

describe('classifiers', () => {
  test('names are taken once, and a classifier is found by name and by id', async () => {
    const record = await on.make();
    expect(await on.classifiers.create(record.name, 'multi', [])).toBeNull();
    expect(await on.classifiers.find(record.name)).toEqual(record);
    expect(await on.classifiers.find(record.id)).toEqual(record);
    const other = await on.make();
    expect(await on.classifiers.rename(other.id, record.name)).toBe(false);
    expect(await on.classifiers.rename(other.id, 'periods')).toBe(true);
    expect(await on.classifiers.addCategory(other.id, 'classic')).toBeNull();
    expect(await on.classifiers.renameCategory(categoryOf(other, 0), 'modern')).toBe(false);
    expect(await on.classifiers.renameCategory(categoryOf(other, 0), 'ancient')).toBe(true);
    expect((await on.classifiers.find('periods'))?.categories.map(({ name }) => name)).toEqual(['ancient', 'modern']);
  });

  test('a removed category takes its labels and scores along and leaves the history', async () => {
    const record = await on.make();
    const { id } = await on.catalogue.storeOne(arrival('removed category'));
    const categoryId = categoryOf(record, 0);
    await on.labels.state(record.id, [{ subject: { imageId: id }, categoryId, value: 'positive' }], { origin: 'api' });
    await on.classifiers.removeCategory(categoryId);
    expect((await on.labels.examplesOf(record.id)).length).toBe(0);
    const { events } = await on.labels.history(record.id, { imageId: id, limit: 10 });
    expect(events.map(({ value, origin }) => [value, origin])).toEqual([
      ['cleared', 'category removed'],
      ['positive', 'api'],
    ]);
    expect(await on.classifiers.addCategory(record.id, 'classic')).toEqual(expect.any(Number));
  });
});
