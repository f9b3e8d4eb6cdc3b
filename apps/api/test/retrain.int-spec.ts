import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresDatabase } from '#libs/catalogue';
import { CATEGORIES, labelsOf, lastOf, storeScenes, type Training } from './labelled-scenes.js';
import { TestApi } from './test-api.js';

const ORDER = { heads: ['nearest-mean'], taps: [['penultimate']] };

let api: TestApi;
let ids: string[][];

beforeAll(async () => {
  api = await TestApi.start();
  ids = await storeScenes(api);
});
afterAll(() => api.stop());

const at = (...rest: string[]): string => ['/v1/classifiers', ...rest].join('/');
const make = (name: string) => api.json('POST', at(), { name, categories: CATEGORIES });

async function finished(name: string, job: string): Promise<void> {
  expect(await lastOf(api, at(name, job, 'events'))).toMatchObject({ status: 'done' });
}

async function makeTrained(name: string): Promise<void> {
  await make(name);
  await api.json('POST', at(name, 'labels'), { labels: labelsOf(ids) });
  const { body } = await api.json<Training>('POST', at(name, 'trainings'), ORDER);
  await finished(name, `trainings/${body.id}`);
  await finished(name, 'rescoring');
}

/** Has nothing to be trained with. */
async function makeImported(name: string, from: string): Promise<void> {
  await make(name);
  const { body } = await api.json<object>('GET', at(from, 'versions/1/export'));
  await api.json('POST', at(name, 'versions/import'), body);
  await api.json('POST', at(name, 'versions/1/use'));
  await finished(name, 'rescoring');
}

interface Retrained {
  started: { classifier: string; training: { id: string } }[];
  failed: { classifier: string; error: { code: string; detail: string } }[];
}
const retrain = () => api.json<Retrained>('POST', at('retrain'));

test('every stale classifier is trained again but the one that cannot be, and that one is told of', async () => {
  expect(await retrain()).toEqual({ status: 202, body: { started: [], failed: [] } });
  await makeTrained('ash');
  await makeImported('birch', 'ash');
  await makeTrained('cedar');
  const database = api.app.get(PostgresDatabase);
  await database.query('UPDATE head_version SET encoder_fingerprint = $1', ['0'.repeat(64)]);

  const { status, body } = await retrain();
  expect(status).toBe(202);
  expect(body.started.map(({ classifier }) => classifier)).toEqual(['ash', 'cedar']);
  expect(body.failed).toMatchObject([
    {
      classifier: 'birch',
      error: {
        code: 'training_data_invalid',
        detail: 'No image is labelled "one", "two" yet; label at least one in each.',
      },
    },
  ]);
  for (const { classifier, training } of body.started) {
    await finished(classifier, `trainings/${training.id}`);
    await finished(classifier, 'rescoring');
    expect(await api.json('GET', at(classifier, 'versions/2'))).toMatchObject({ body: { inUse: true, stale: false } });
  }
  expect((await retrain()).body).toMatchObject({ started: [], failed: [{ classifier: 'birch' }] });
});
