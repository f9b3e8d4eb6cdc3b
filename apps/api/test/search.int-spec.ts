import { textFileNamedJpg } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../src/http/problem.js';
import type { UploadAnswer } from '../src/images/image.dto.js';
import type { SimilarDto } from '../src/search/search.dto.js';
import { formOf, scene, TestApi } from './test-api.js';

const KINDS = [0, 1, 2, 3];
let api: TestApi;
const ids: string[] = [];

beforeAll(async () => {
  api = await TestApi.start();
  for (const kind of KINDS) {
    const files = await Promise.all(
      [1, 2, 3].map(async (seed): Promise<[string, Buffer]> => [`${kind}-${seed}.jpg`, await scene(seed, kind)]),
    );
    const { body } = await api.form<UploadAnswer>(
      '/v1/images?wait=searchable',
      formOf(files, { collection: `kind-${kind}` }),
    );
    ids.push(...body.items.flatMap(({ image }) => (image ? [image.id] : [])));
  }
  expect(ids).toHaveLength(12);
});
afterAll(() => api.stop());

const queryForm = (bytes: Buffer, fields: Readonly<Record<string, string>> = {}): FormData =>
  formOf([['query.jpg', bytes]], fields);

describe('a search', () => {
  test('by an uploaded image finds that image first and stores nothing', async () => {
    const bytes = await scene(2, 1);
    const { status, body } = await api.form<SimilarDto>('/v1/search', queryForm(bytes, { k: '3' }));
    expect(status).toBe(200);
    expect(body.results).toHaveLength(3);
    expect(body.results[0]).toMatchObject({ id: ids[4], source: '1-2.jpg' });
    expect(body.results[0]?.score).toBeCloseTo(1, 4);
    expect(body).toMatchObject({ matched: 12, encoder: { tap: 'penultimate' } });
    expect(Object.keys(body.timings)).toEqual(expect.arrayContaining(['search', 'join', 'total']));
    expect(await api.json('GET', '/v1/stats')).toMatchObject({ body: { images: 12, indexed: 12 } });
  });

  test('by id leaves the image out, and is the same by both addresses', async () => {
    const id = ids[0] ?? '';
    const posted = await api.json<SimilarDto>('POST', '/v1/search', { id, k: 20 });
    const got = await api.json<SimilarDto>('GET', `/v1/images/${id}/similar?k=20`);
    expect(posted.body.results).toHaveLength(11);
    expect(posted.body.results.map((hit) => hit.id)).not.toContain(id);
    expect(got.body.results).toEqual(posted.body.results);
    expect(got.body.queryId).toBe(id);
    const scores = got.body.results.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    for (const { score, distance } of got.body.results) expect(score + distance).toBeCloseTo(1, 6);
  });

  test('within a collection answers only its images, and says how many there were', async () => {
    const collection = 'kind-2';
    const { body } = await api.json<SimilarDto>('POST', '/v1/search', { id: ids[0], collection, k: 50 });
    expect(body.matched).toBe(3);
    expect(body.plan).toBe('filtered-exact');
    expect(body.results.map((hit) => hit.id).sort()).toEqual(ids.slice(6, 9).sort());
  });

  test('with a least score leaves out what is below it', async () => {
    const all = await api.json<SimilarDto>('GET', `/v1/images/${ids[0]}/similar?k=11&exact=true`);
    const least = all.body.results[4]?.score ?? 0;
    const some = await api.json<SimilarDto>('GET', `/v1/images/${ids[0]}/similar?k=11&exact=true&minScore=${least}`);
    expect(some.body.results).toHaveLength(5);
    expect(all.body.plan).toBe('exact');
  });

  test('by a raw vector works with any length of it', async () => {
    const { body: stats } = await api.json<{ encoder: { dimension: number } }>('GET', '/v1/stats');
    const vector = Array.from({ length: stats.encoder.dimension }, (_, index) => Math.sin(index));
    const one = await api.json<SimilarDto>('POST', '/v1/search', { vector });
    const ten = await api.json<SimilarDto>('POST', '/v1/search', { vector: vector.map((x) => x * 10) });
    expect(one.body.results).toHaveLength(10);
    expect(ten.body.results.map((hit) => hit.id)).toEqual(one.body.results.map((hit) => hit.id));
  });
});

describe('a search that cannot be', () => {
  test.each([
    ['nothing to look for', {}, 400, 'invalid_request'],
    ['two kinds of query', { id: '1', vector: [1] }, 400, 'invalid_request'],
    ['an image that is not there', { id: '987654' }, 404, 'image_not_found'],
    ['a collection that is not there', { id: '1', collection: 'nowhere' }, 404, 'collection_not_found'],
    ['a vector of the wrong length', { vector: [1, 2, 3] }, 422, 'vector_dimension_mismatch'],
  ])('%s', async (_what, payload, status, code) => {
    expect(await api.json('POST', '/v1/search', payload)).toMatchObject({ status, body: { code } });
  });

  test('a vector of zeros', async () => {
    const { body: stats } = await api.json<{ encoder: { dimension: number } }>('GET', '/v1/stats');
    const vector = new Array<number>(stats.encoder.dimension).fill(0);
    expect(await api.json('POST', '/v1/search', { vector })).toMatchObject({
      status: 422,
      body: { code: 'vector_not_finite' },
    });
  });

  test('a file that is no image', async () => {
    expect(await api.form('/v1/search', queryForm(textFileNamedJpg()))).toMatchObject({
      status: 422,
      body: { code: 'image_format_unsupported' },
    });
  });

  test('two files, or none', async () => {
    const bytes = textFileNamedJpg();
    const two = await api.form<Problem>(
      '/v1/search',
      formOf([
        ['a', bytes],
        ['b', bytes],
      ]),
    );
    expect(two.body.fields).toEqual([{ path: 'file', expected: 'exactly one file part', received: '2' }]);
    expect(await api.form('/v1/search', formOf([], { k: '3' }))).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });

  test('a misspelt parameter is told with what may have been meant', async () => {
    expect(await api.json('GET', '/v1/images/1/similar?minscore=0.2')).toMatchObject({
      status: 400,
      body: {
        detail: 'There is no parameter minscore; did you mean minScore?',
        fields: [{ path: 'minscore', expected: 'no such field', received: '"0.2"' }],
      },
    });
  });

  test('fields of the form are checked too', async () => {
    const { body } = await api.form<Problem>('/v1/search', queryForm(textFileNamedJpg(), { k: '0', radius: '3' }));
    expect(body.fields).toEqual([
      { path: 'k', expected: 'at least 1', received: '"0"' },
      { path: 'radius', expected: 'no such field', received: '"3"' },
    ]);
  });
});
