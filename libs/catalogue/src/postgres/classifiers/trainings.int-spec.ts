import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { CatalogueFixture } from '../testing/catalogue-fixture.js';
import { ClassifierFixture, versionOf } from '../testing/classifier-fixture.js';
import { PostgresTrainings } from './postgres-trainings.js';

let on: ClassifierFixture;

beforeAll(async () => {
  on = await ClassifierFixture.open(await createTestDatabase());
});
afterAll(() => on.drop());

describe('trainings', () => {
  test('are taken up again when their process has died, and a cancelled one takes no result', async () => {
    const record = await on.make();
    const { id } = await on.trainings.create(record.id, { seed: 3 });
    expect(await on.trainings.claim(id)).toMatchObject({ status: 'running', attempts: 1, request: { seed: 3 } });
    expect(await on.trainings.abandoned()).not.toContain(id);
    expect(await on.trainings.report(id, { done: 0.5 })).toBe(true);

    const dead = await CatalogueFixture.open(on.catalogue.url);
    const other = await on.trainings.create(record.id, {});
    await new PostgresTrainings(dead.database, dead.session).claim(other.id);
    expect(await on.trainings.claim(other.id)).toBeNull();
    await dead.close();
    expect(await on.trainings.abandoned()).toContain(other.id);
    expect(await on.trainings.claim(other.id)).toMatchObject({ status: 'running', attempts: 2 });

    expect(await on.trainings.cancel(id)).toBe(true);
    expect(await on.trainings.report(id, {})).toBe(false);
    await on.trainings.finish(id, { versionId: 1 });
    expect(await on.trainings.find(record.id, id)).toMatchObject({ status: 'cancelled', version: null });
    expect(await on.trainings.cancel(id)).toBe(false);
  });

  test('a training has a version or was cancelled, never both', async () => {
    const record = await on.make();
    const cancelled = await on.trainings.create(record.id, {});
    await on.trainings.claim(cancelled.id);
    await on.trainings.cancel(cancelled.id);
    await expect(on.versions.add({ ...versionOf(record), trainingId: cancelled.id })).rejects.toMatchObject({
      code: 'training_aborted',
    });
    expect(await on.versions.list(record.id)).toEqual([]);

    const made = await on.trainings.create(record.id, {});
    await on.trainings.claim(made.id);
    expect(await on.versions.add({ ...versionOf(record), trainingId: made.id })).toMatchObject({ number: 1 });
    expect(await on.trainings.cancel(made.id)).toBe(false);
    expect(await on.trainings.find(record.id, made.id)).toMatchObject({ status: 'running', version: 1 });
  });
});
