import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresDatabase } from '#libs/catalogue';
import { textFileNamedJpg } from '#libs/testing';
import type { Problem } from '../src/http/problem.js';
import type { UploadAnswer } from '../src/images/image.dto.js';
import { formOf, scene, TestApi } from './test-api.js';

let api: TestApi;
const ids: string[][] = [];
const CATEGORIES = ['one', 'two'];

beforeAll(async () => {
  api = await TestApi.start();
  for (const kind of [0, 3]) {
    const files = await Promise.all(
      [1, 2, 3, 4].map(async (seed): Promise<[string, Buffer]> => [`${kind}-${seed}.jpg`, await scene(seed, kind)]),
    );
    const { body } = await api.form<UploadAnswer>('/v1/images?wait=searchable', formOf(files));
    ids.push(body.items.flatMap(({ image }) => (image ? [image.id] : [])));
  }
});
afterAll(() => api.stop());

interface Classifier {
  id: string;
  versionInUse: number | null;
  categories: { id: string; name: string; positives: number }[];
}
interface Report {
  results: { status: string; error?: { code: string }; superseded?: string[] }[];
  labelled: number;
  failed: number;
  classifier: Classifier;
}
interface Exported {
  head: { categories: { id: string; name: string }[] };
}
interface Training {
  id: string;
  status: string;
  version: number | null;
}

/** Waits for the stream to end and answers the last event's data. */
async function lastOf<T>(url: string): Promise<T> {
  const { body } = await api.app.inject({ url });
  expect(body).toMatch(/event: end\ndata: {}\n\n$/);
  const data = [...body.matchAll(/^event: progress\ndata: (.*)$/gm)].map((match) => match[1] ?? '');
  return JSON.parse(data.at(-1) ?? '{}') as T;
}

describe('from nothing to scores', () => {
  test('make, label, train, use, predict, browse, count, suggest', async () => {
    const made = await api.json<Classifier>('POST', '/v1/classifiers', { name: 'numbers', categories: CATEGORIES });
    expect(made).toMatchObject({ status: 201, body: { kind: 'single', versionInUse: null } });

    const labels = ids.flatMap((group, at) => group.slice(0, 3).map((image) => ({ image, category: CATEGORIES[at] })));
    const labelled = await api.json<Report>('POST', '/v1/classifiers/numbers/labels', { labels });
    expect(labelled).toMatchObject({ status: 200, body: { labelled: 6, failed: 0 } });
    expect(labelled.body.classifier.categories).toMatchObject([{ positives: 3 }, { positives: 3 }]);

    const order = { heads: ['nearest-mean'], taps: [['penultimate']], seed: 7 };
    const started = await api.json<Training>('POST', '/v1/classifiers/numbers/trainings', order);
    expect(started.status).toBe(202);
    const at = `/v1/classifiers/numbers/trainings/${started.body.id}`;
    expect(await lastOf<Training>(`${at}/events`)).toMatchObject({ status: 'done', version: 1 });
    expect(await api.json('GET', at)).toMatchObject({ status: 200, body: { status: 'done', request: { seed: 7 } } });
    expect(await lastOf('/v1/classifiers/numbers/rescoring/events')).toMatchObject({ status: 'done', scored: 8 });
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

  test('versions are listed, read, compared, exported, imported and deleted', async () => {
    const base = '/v1/classifiers/numbers';
    expect(await api.json('GET', `${base}/versions`)).toMatchObject({
      body: { versions: [{ version: 1, inUse: true, stale: false, examples: 6 }] },
    });
    expect(await api.json('GET', `${base}/versions/1`)).toMatchObject({ body: { report: { metrics: { n: 6 } } } });
    const exported = await api.json<object>('GET', `${base}/versions/1/export`);
    expect(exported.body).toMatchObject({ format: 'likeness-head-export', head: { mode: 'single' } });
    const onnx = await api.call('GET', `${base}/versions/1/onnx`);
    expect(onnx.rawPayload.length).toBeGreaterThan(500);
    const chart = await api.call('GET', `${base}/versions/1/charts/confusion.svg`);
    expect(chart).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'image/svg+xml', 'x-content-type-options': 'nosniff' },
    });
    expect(chart.headers['content-security-policy']).toContain("default-src 'none'");
    expect(chart.body).toContain('>Confusion matrix<');
    const weights = await api.call('GET', `${base}/versions/1/charts/weights.svg`);
    expect(weights.body).toContain('>Learned weights<');
    const pixels = await api.call('GET', `${base}/versions/1/charts/calibration.png`);
    expect(pixels).toMatchObject({ statusCode: 200, headers: { 'content-type': 'image/png' } });
    expect(pixels.rawPayload.subarray(1, 4).toString()).toBe('PNG');
    expect(await api.json('POST', `${base}/versions/import`, exported.body)).toMatchObject({
      status: 201,
      body: { version: 2, origin: 'imported', inUse: false },
    });
    const model = formOf([['head.onnx', onnx.rawPayload]]);
    expect(await api.form(`${base}/versions/import`, model)).toMatchObject({
      status: 201,
      body: { version: 3, origin: 'imported', inUse: false },
    });
    const [fromJson, fromOnnx] = await Promise.all(
      [2, 3].map((version) => api.json<{ head: object }>('GET', `${base}/versions/${version}/export`)),
    );
    expect(fromOnnx?.body).toMatchObject({ head: fromJson?.body.head, report: null });
    expect((await api.call('DELETE', `${base}/versions/3`)).statusCode).toBe(204);
    const compared = await api.json<{ numbers: object[] }>('GET', `${base}/versions/compare?a=1&b=2`);
    expect(compared.body.numbers[0]).toMatchObject({ what: 'top-1', difference: 0, clear: false });
    const doubted = await api.json<{ labels: { state: string }[] }>('GET', `${base}/versions/1/doubted-labels`);
    expect(doubted.status).toBe(200);
    for (const { state } of doubted.body.labels) expect(state).toBe('open');
    expect(await api.json('GET', `${base}/versions/2/doubted-labels`)).toMatchObject({
      body: { labels: [], contradictions: [] },
    });
    expect(await api.json('GET', `${base}/rounds`)).toMatchObject({
      body: { rounds: [{ version: 1, added: 6, gain: null }] },
    });
    expect(await api.json('DELETE', `${base}/versions/1`)).toMatchObject({
      status: 409,
      body: { code: 'version_in_use' },
    });
    expect((await api.call('DELETE', `${base}/versions/2`)).statusCode).toBe(204);
    expect(await api.json('POST', `${base}/versions/1/use`)).toMatchObject({ status: 202 });
    expect(await lastOf(`${base}/rescoring/events`)).toMatchObject({ status: 'done', version: 1 });
    expect(await api.json('POST', '/v1/classifiers/retrain')).toMatchObject({ status: 202, body: { started: [] } });
  });
});

describe('an import', () => {
  const base = '/v1/classifiers/numbers/versions';
  const exported = async () => (await api.json<Exported>('GET', `${base}/1/export`)).body;
  const refused = async (content: object): Promise<Problem> => {
    const { status, body } = await api.json<Problem>('POST', `${base}/import`, content);
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'head_invalid' });
    return body;
  };

  test('is checked wholly before anything is kept: the report, and names that come twice', async () => {
    const whole = await exported();
    expect((await refused({ ...whole, report: {} })).fields).toEqual(
      expect.arrayContaining([{ path: 'report.chosen', expected: 'an object', received: 'nothing' }]),
    );
    const categories = whole.head.categories.map(({ id }) => ({ id, name: 'one' }));
    const twice = await refused({ ...whole, head: { ...whole.head, categories } });
    expect(twice.fields).toEqual([
      { path: 'head.categories.1.name', expected: 'another name than categories.0 has', received: '"one"' },
    ]);
    const { body } = await api.json<{ versions: { version: number }[] }>('GET', base);
    expect(body.versions.map(({ version }) => version)).toEqual([1]);
  });

  test('with a report that an earlier release kept unchecked is listed without numbers', async () => {
    const { body } = await api.json<{ version: number }>('POST', `${base}/import`, await exported());
    const database = api.app.get(PostgresDatabase);
    await database.query(`UPDATE head_version SET document = '{"origin":"imported","report":{}}' WHERE number = $1`, [
      body.version,
    ]);
    expect(await api.json('GET', base)).toMatchObject({
      status: 200,
      body: { versions: [{ version: body.version, origin: 'imported', kind: null, top1: null }, { version: 1 }] },
    });
    expect(await api.json('GET', `${base}/${body.version}`)).toMatchObject({ status: 200, body: { report: null } });
    expect((await api.call('DELETE', `${base}/${body.version}`)).statusCode).toBe(204);
  });
});

describe('labels', () => {
  test('move, are listed, keep their history and show conflicts', async () => {
    await api.json('POST', '/v1/classifiers', { name: 'moved', categories: CATEGORIES });
    const say = (category: string) =>
      api.json<Report>('POST', '/v1/classifiers/moved/labels', {
        labels: [{ image: ids[0]?.[0], category }],
        origin: 'ada',
      });
    await say('one');
    expect((await say('two')).body.results).toMatchObject([{ status: 'labelled', superseded: ['one'] }]);
    expect(await api.json('GET', '/v1/classifiers/moved/labels?category=two')).toMatchObject({
      body: { labels: [{ image: ids[0]?.[0], category: 'two', value: 'positive', origin: 'ada' }], nextCursor: null },
    });
    expect(await api.json('GET', `/v1/classifiers/moved/labels/history?image=${ids[0]?.[0]}`)).toMatchObject({
      body: { events: [{ value: 'cleared' }, { category: 'two' }, { category: 'one' }] },
    });
    expect(await api.json('GET', '/v1/classifiers/moved/labels/conflicts')).toMatchObject({
      body: { conflicts: [{ image: ids[0]?.[0] }] },
    });
  });

  test('of some images only, and confirmed', async () => {
    await api.json('POST', '/v1/classifiers', { name: 'seen', categories: CATEGORIES });
    const [first, second, third] = ids[0] ?? [];
    const labels = [first, second].map((image) => ({ image, category: 'one' }));
    await api.json('POST', '/v1/classifiers/seen/labels', { labels, origin: 'ada' });
    const confirmed = await api.json<Report>('POST', '/v1/classifiers/seen/labels', {
      labels: labels.slice(0, 1),
      origin: 'bob',
      confirm: true,
    });
    expect(confirmed.body.results).toMatchObject([{ status: 'unchanged' }]);
    const of = (query: string) =>
      api.json<{ labels: { image: string; example: string; origin: string }[] }>(
        'GET',
        `/v1/classifiers/seen/labels?${query}`,
      );
    const some = await of(`images=${first},${third}`);
    expect(some.body.labels).toMatchObject([{ image: first, origin: 'bob' }]);
    expect((await of(`examples=${some.body.labels[0]?.example}`)).body.labels).toMatchObject([{ image: first }]);
    expect((await of('')).body.labels).toHaveLength(2);
    expect(await of('images=1,x')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  test('of the results of a search, and of images of one’s own', async () => {
    await api.json('POST', '/v1/classifiers', { name: 'found', kind: 'multi', categories: CATEGORIES });
    const search = { like: ids[0]?.[0], k: 2, category: 'one' };
    expect(await api.json('POST', '/v1/classifiers/found/labels/search', search)).toMatchObject({
      body: { labelled: 3 },
    });
    const form = formOf([
      ['mine.jpg', await scene(70, 5)],
      ['notes.jpg', textFileNamedJpg()],
    ]);
    const own = await api.form<Report & { results: { example?: string }[] }>(
      '/v1/classifiers/found/examples?category=two&value=negative',
      form,
    );
    expect(own.body).toMatchObject({
      labelled: 1,
      failed: 1,
      results: [{ status: 'labelled' }, { error: { code: 'image_format_unsupported' } }],
    });
    const [first] = own.body.results as { example?: string }[];
    const thumbnail = await api.call('GET', `/v1/classifiers/found/examples/${first?.example}/thumbnail`);
    expect(thumbnail.headers['content-type']).toMatch(/^image\//);
  });

  test('a deleted image and a contradiction fail alone', async () => {
    await api.json('POST', '/v1/classifiers', { name: 'torn', categories: CATEGORIES });
    const [image, other] = ids[0] ?? [];
    const labels = [
      { image: '987654', category: 'one' },
      { image, category: 'one' },
      { image, category: 'two' },
      { image: other, category: 'three' },
    ];
    const { body } = await api.json<Report>('POST', '/v1/classifiers/torn/labels', { labels });
    expect(body.results.map(({ error }) => error?.code)).toEqual([
      'image_not_found',
      'label_contradiction',
      'label_contradiction',
      'category_not_found',
    ]);
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
    ['training with an empty category', 'POST', '/moved/trainings', {}, 422, 'training_data_invalid'],
    ['a version that is not there', 'GET', '/numbers/versions/99', undefined, 404, 'version_not_found'],
    ['a chart that there is not', 'GET', '/numbers/versions/1/charts/pie.svg', undefined, 404, 'chart_not_found'],
    ['a chart as text', 'GET', '/numbers/versions/1/charts/confusion.txt', undefined, 400, 'invalid_request'],
    ['doubts of no version', 'GET', '/numbers/versions/99/doubted-labels', undefined, 404, 'version_not_found'],
    ['a training that is not there', 'GET', '/numbers/trainings/99', undefined, 404, 'training_not_found'],
    ['a category that is not there', 'GET', '/numbers/categories/none/images', undefined, 404, 'category_not_found'],
    ['a foreign cursor', 'GET', '/numbers/categories/one/images?cursor=abc', undefined, 400, 'invalid_request'],
    ['no rescoring yet', 'GET', '/moved/rescoring', undefined, 404, 'rescoring_not_found'],
    ['no version yet', 'POST', '/moved/predict', { id: '1' }, 404, 'version_not_found'],
    ['an import that is no head', 'POST', '/numbers/versions/import', { format: 'pie' }, 422, 'head_invalid'],
  ] as const)('%s', async (_what, method, path, payload, status, code) => {
    expect(await api.json(method, `/v1/classifiers${path}`, payload)).toMatchObject({ status, body: { code } });
  });

  test('a file to import that is no head, and more than one file', async () => {
    const path = '/v1/classifiers/numbers/versions/import';
    const picture = await scene(3, 1);
    expect(await api.form<Problem>(path, formOf([['head.onnx', picture]]))).toMatchObject({
      status: 422,
      body: {
        code: 'head_invalid',
        detail: 'This is no ONNX model.',
        fields: [{ path: 'file', expected: 'an ONNX model', received: 'something else' }],
      },
    });
    const two = formOf([
      ['a.onnx', picture],
      ['b.onnx', picture],
    ]);
    expect(await api.form<Problem>(path, two)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', fields: [{ path: 'file', expected: 'exactly one file part', received: '2' }] },
    });
  });

  test('every field that is wrong is named', async () => {
    const { body } = await api.json<Problem>('POST', '/v1/classifiers/numbers/labels', {
      labels: [{ category: 'one' }, { image: '1', category: 'one', value: 'maybe' }],
      colour: 'red',
    });
    expect(body.fields.map(({ path }) => path)).toEqual(['labels.0', 'labels.1.value', 'colour']);
    const training = await api.json<Problem>('POST', '/v1/classifiers/numbers/trainings', { seed: -1, augment: 99 });
    expect(training.body.fields.map(({ path }) => path).sort()).toEqual(['augment', 'seed']);
  });
});
