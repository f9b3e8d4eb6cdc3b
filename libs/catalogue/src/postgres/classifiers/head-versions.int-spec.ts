import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { ClassifierFixture, categoryOf, versionOf } from '../testing/classifier-fixture.js';

let on: ClassifierFixture;

beforeAll(async () => {
  on = await ClassifierFixture.open(await createTestDatabase());
});
afterAll(() => on.drop());

describe('versions', () => {
  test('are numbered, immutable, and refused for categories that are gone', async () => {
    const record = await on.make();
    expect(await on.versions.add(versionOf(record))).toMatchObject({ number: 1, inUse: false, document: { seed: 1 } });
    expect((await on.versions.add(versionOf(record))).number).toBe(2);
    await on.classifiers.removeCategory(categoryOf(record, 1));
    await expect(on.versions.add(versionOf(record))).rejects.toMatchObject({ code: 'training_outdated' });
    expect((await on.versions.list(record.id)).map(({ number }) => number)).toEqual([2, 1]);
  });
});
