import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CATEGORIES,
  type Classifier,
  type LabelReport,
  labelsOf,
  lastOf,
  storeScenes,
  type Training,
} from './labelled-scenes.js';
import { formOf, scene, TestApi } from './test-api.js';

let api: TestApi;
let ids: string[][];

beforeAll(async () => {
  api = await TestApi.start();
  ids = await storeScenes(api);
});
afterAll(() => api.stop());

describe('from nothing to scores', () => {
  test('make, label, train, use, predict, browse, count, suggest', async () => {
    const made = await api.json<Classifier>('POST', '/v1/classifiers', { name: 'numbers', categories: CATEGORIES });
    expect(made).toMatchObject({ status: 201, body: { kind: 'single', versionInUse: null } });

    const labels = labelsOf(ids);
    const labelled = await api.json<LabelReport>('POST', '/v1/classifiers/numbers/labels', { labels });
    expect(labelled).toMatchObject({ status: 200, body: { labelled: 6, failed: 0 } });
    expect(labelled.body.classifier.categories).toMatchObject([{ positives: 3 }, { positives: 3 }]);

    const order = { heads: ['nearest-mean'], taps: [['penultimate']], seed: 7 };
    const started = await api.json<Training>('POST', '/v1/classifiers/numbers/trainings', order);
    expect(started.status).toBe(202);
    const at = `/v1/classifiers/numbers/trainings/${started.body.id}`;
    expect(await lastOf<Training>(api, `${at}/events`)).toMatchObject({ status: 'done', version: 1 });
    expect(await api.json('GET', at)).toMatchObject({ status: 200, body: { status: 'done', request: { seed: 7 } } });
    expect(await lastOf(api, '/v1/classifiers/numbers/rescoring/events')).toMatchObject({ status: 'done', scored: 8 });
    expect(await api.json('GET', '/v1/classifiers/numbers')).toMatchObject({ body: { versionInUse: 1 } });

    const [unlabelled] = ids[1]?.slice(3) ?? [];
    const stored = await api.json('POST', '/v1/classifiers/numbers/predict', { id: unlabelled });
    expect(stored).toMatchObject({ status: 200, body: { version: 1, scores: [{ name: 'two' }, { name: 'one' }] } });
    const uploaded = await api.form('/v1/classifiers/numbers/predict', formOf([['query.jpg', await scene(9, 0)]]));
    expect(uploaded).toMatchObject({ status: 200, body: { scores: [{ name: 'one' }, { name: 'two' }] } });

    const page = await api.json<{ images: { image: { id: string } }[]; nextCursor: string }>(
      'GET',
      '/v1/classifiers/numbers/categories/two/images?limit=3',
    );
    const rest = await api.json<{ images: { image: { id: string } }[] }>(
      'GET',
      `/v1/classifiers/numbers/categories/two/images?limit=1&cursor=${page.body.nextCursor}`,
    );
    expect([...page.body.images, ...rest.body.images].map(({ image }) => image.id).sort()).toEqual(
      [...(ids[1] ?? [])].sort(),
    );
    expect(await api.json('GET', '/v1/classifiers/numbers/counts?minScore=0')).toMatchObject({
      body: { categories: [{ images: 8 }, { images: 8 }] },
    });
    const open = await api.json<{ suggestions: { image: { id: string } }[] }>(
      'GET',
      '/v1/classifiers/numbers/suggestions',
    );
    expect(open.body.suggestions.map(({ image }) => image.id).sort()).toEqual([ids[0]?.[3], ids[1]?.[3]].sort());
    const among = { among: [ids[0]?.[0], ids[0]?.[3]] };
    expect(await api.json('POST', '/v1/classifiers/numbers/suggestions', among)).toMatchObject({
      body: { suggestions: [{ image: { id: ids[0]?.[3] } }] },
    });
  });
});

describe('categories', () => {
  test('are added, renamed and removed; a classifier is renamed and deleted', async () => {
    await api.json('POST', '/v1/classifiers', { name: 'shifting' });
    expect(await api.json('POST', '/v1/classifiers/shifting/categories', { name: 'a' })).toMatchObject({ status: 201 });
    await api.json('POST', '/v1/classifiers/shifting/categories', { name: 'b' });
    expect(await api.json('PATCH', '/v1/classifiers/shifting/categories/a', { name: 'c' })).toMatchObject({
      body: { categories: [{ name: 'c' }, { name: 'b' }] },
    });
    expect(await api.json('DELETE', '/v1/classifiers/shifting/categories/b')).toMatchObject({
      body: { categories: [{ name: 'c' }] },
    });
    expect(await api.json('PATCH', '/v1/classifiers/shifting', { name: 'shifted' })).toMatchObject({ status: 200 });
    expect((await api.call('DELETE', '/v1/classifiers/shifted')).statusCode).toBe(204);
    expect(await api.json('GET', '/v1/classifiers/shifted')).toMatchObject({
      status: 404,
      body: { code: 'classifier_not_found' },
    });
  });
});

describe('what cannot be', () => {
  beforeAll(() => api.json('POST', '/v1/classifiers', { name: 'fresh', categories: CATEGORIES }));

  test.each([
    ['a name that is taken', 'POST', '', { name: 'numbers' }, 409, 'classifier_conflict'],
    ['a name with a dot', 'POST', '', { name: 'a.b' }, 400, 'invalid_request'],
    ['a category named twice', 'POST', '', { name: 'x', categories: ['a', 'a'] }, 409, 'classifier_conflict'],
    [
      'a classifier that is not there',
      'POST',
      '/nothing/labels',
      { labels: [{ image: '1', category: 'a' }] },
      404,
      'classifier_not_found',
    ],
    ['training with an empty category', 'POST', '/fresh/trainings', {}, 422, 'training_data_invalid'],
    ['a training that is not there', 'GET', '/numbers/trainings/99', undefined, 404, 'training_not_found'],
    ['a category that is not there', 'GET', '/numbers/categories/none/images', undefined, 404, 'category_not_found'],
    ['a foreign cursor', 'GET', '/numbers/categories/one/images?cursor=abc', undefined, 400, 'invalid_request'],
    ['no rescoring yet', 'GET', '/fresh/rescoring', undefined, 404, 'rescoring_not_found'],
    ['no version yet', 'POST', '/fresh/predict', { id: '1' }, 404, 'version_not_found'],
  ] as const)('%s', async (_what, method, path, payload, status, code) => {
    expect(await api.json(method, `/v1/classifiers${path}`, payload)).toMatchObject({ status, body: { code } });
  });
});
