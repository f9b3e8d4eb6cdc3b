import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresDatabase } from '#libs/catalogue';
import { headToOnnx, type HeadDocument } from '#libs/classifiers';
import type { Problem } from '../src/http/problem.js';
import { CATEGORIES, labelsOf, lastOf, storeScenes, type Training } from './labelled-scenes.js';
import { formOf, scene, TestApi } from './test-api.js';

let api: TestApi;
interface Exported {
  head: { categories: { id: string; name: string }[] };
}

beforeAll(async () => {
  api = await TestApi.start();
  const ids = await storeScenes(api);
  const base = '/v1/classifiers/numbers';
  await api.json('POST', '/v1/classifiers', { name: 'numbers', categories: CATEGORIES });
  await api.json('POST', `${base}/labels`, { labels: labelsOf(ids) });
  const { body } = await api.json<Training>('POST', `${base}/trainings`, { heads: ['nearest-mean'] });
  await lastOf(api, `${base}/trainings/${body.id}/events`);
  await lastOf(api, `${base}/rescoring/events`);
});
afterAll(() => api.stop());

describe('versions', () => {
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
    expect(await lastOf(api, `${base}/rescoring/events`)).toMatchObject({ status: 'done', version: 1 });
    expect(await api.json('POST', '/v1/classifiers/retrain')).toMatchObject({ status: 202, body: { started: [] } });
  });

  test.each([
    ['a version that is not there', 'GET', '/numbers/versions/99', 404, 'version_not_found'],
    ['a chart that there is not', 'GET', '/numbers/versions/1/charts/pie.svg', 404, 'chart_not_found'],
    ['a chart as text', 'GET', '/numbers/versions/1/charts/confusion.txt', 400, 'invalid_request'],
    ['doubts of no version', 'GET', '/numbers/versions/99/doubted-labels', 404, 'version_not_found'],
  ] as const)('%s', async (_what, method, path, status, code) => {
    expect(await api.json(method, `/v1/classifiers${path}`)).toMatchObject({ status, body: { code } });
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

  test('may be larger than other bodies, as a head with a wide layer is', async () => {
    const { body } = await api.json<{ head: HeadDocument }>('GET', `${base}/1/export`);
    const [layer] = body.head.layers;
    if (!layer) throw new Error('the head has a layer');
    const zeros = (count: number) => Buffer.alloc(8 * count).toString('base64');
    const between = (inputs: number, outputs: number) => ({
      inputs,
      outputs,
      weights: zeros(inputs * outputs),
      bias: zeros(outputs),
    });
    const layers = [between(layer.inputs, 2048), between(2048, layer.outputs)];
    const wide = { ...body.head, kind: 'mlp', layers, refusal: null };
    expect(JSON.stringify(wide).length).toBeGreaterThan(8 * 1024 * 1024);
    const added = await api.json<{ version: number }>('POST', `${base}/import`, wide);
    expect(added).toMatchObject({ status: 201, body: { origin: 'imported' } });
    expect((await api.call('DELETE', `${base}/${added.body.version}`)).statusCode).toBe(204);
    const endless = { ...wide, endless: 'x'.repeat(64 * 1024 * 1024) };
    expect(await api.json('POST', `${base}/import`, endless)).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large' },
    });
  });

  test('that is no head is refused', async () => {
    expect((await refused({ format: 'pie' })).fields[0]).toMatchObject({ path: 'format', received: '"pie"' });
  });

  test('of a model whose head has text that no catalogue can keep is refused', async () => {
    const { body } = await api.json<{ head: HeadDocument }>('GET', `${base}/1/export`);
    const [tap, ...others] = body.head.taps;
    const odd = { ...body.head, taps: [{ dimension: 1, ...tap, name: 'tap\0' }, ...others] };
    expect(await api.form<Problem>(`${base}/import`, formOf([['head.onnx', headToOnnx(odd)]]))).toMatchObject({
      status: 422,
      body: { code: 'head_invalid', fields: [{ path: 'taps.0.name', received: JSON.stringify('tap\0') }] },
    });
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
});

describe('a version of which every category was removed', () => {
  test('is not put to use, and nothing is scored', async () => {
    const base = '/v1/classifiers/emptied';
    await api.json('POST', '/v1/classifiers', { name: 'emptied', categories: CATEGORIES });
    const { body } = await api.json<Exported>('GET', '/v1/classifiers/numbers/versions/1/export');
    await api.json('POST', `${base}/versions/import`, body);
    for (const category of CATEGORIES) await api.call('DELETE', `${base}/categories/${category}`);
    expect(await api.json<Problem>('POST', `${base}/versions/1/use`)).toMatchObject({
      status: 409,
      body: {
        code: 'version_without_categories',
        title: 'Every category that the version knows was removed',
        detail: 'Every category that version 1 knows was removed.',
        remedy: 'Train again with the categories as they are now, or use another version.',
      },
    });
    expect(await api.json('GET', `${base}/rescoring`)).toMatchObject({ status: 404 });
  });
});
