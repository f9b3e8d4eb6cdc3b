import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../src/http/problem.js';
import type { UploadAnswer } from '../src/images/image.dto.js';
import type { SimilarDto } from '../src/search/search.dto.js';
import { formOf, scene, TestApi } from './test-api.js';

interface Page {
  images: { id: string }[];
}

let api: TestApi;
const ids: string[] = [];

beforeAll(async () => {
  api = await TestApi.start();
  const items = ['X100', 'GR', 'X100', 'X100', 'GR', 7].map((camera, i) => ({ metadata: { camera, year: 2020 + i } }));
  const files = await Promise.all(items.map(async (_, i): Promise<[string, Buffer]> => [`${i}.jpg`, await scene(i)]));
  const { body } = await api.form<UploadAnswer>(
    '/v1/images?wait=searchable',
    formOf(files, { collection: 'some', items: JSON.stringify(items) }),
  );
  ids.push(...body.items.flatMap(({ image }) => (image ? [image.id] : [])));
});
afterAll(() => api.stop());

describe('metadata fields', () => {
  test('are declared, listed, reported and removed', async () => {
    const declared = await api.json('POST', '/v1/metadata-fields', { key: 'camera', type: 'keyword' });
    expect(declared).toMatchObject({
      status: 200,
      body: { key: 'camera', images: 5, misfits: 1, misfitSamples: [{ imageId: ids[5], value: 7 }], indexed: true },
    });
    await api.json('POST', '/v1/metadata-fields', { key: 'year', type: 'number' });
    await api.json('POST', '/v1/metadata-fields', { key: 'shot by/whom', type: 'text' });
    const { body } = await api.json<{ fields: { key: string }[] }>('GET', '/v1/metadata-fields');
    expect(body.fields.map(({ key }) => key)).toEqual(['camera', 'shot by/whom', 'year']);
    expect((await api.json('GET', '/v1/metadata-fields/camera')).body).toEqual(declared.body);
    const address = `/v1/metadata-fields/${encodeURIComponent('shot by/whom')}`;
    expect((await api.call('DELETE', address)).statusCode).toBe(204);
    expect(await api.json('DELETE', address)).toMatchObject({
      status: 404,
      body: { code: 'metadata_field_not_found' },
    });
    expect(await api.json('GET', address)).toMatchObject({ status: 404, body: { code: 'metadata_field_not_found' } });
  });

  test.each(['k', 'é', 'カ'])('of the longest key there may be, of %s, are removed, too', async (letter) => {
    const key = letter.repeat(200);
    expect(await api.json('POST', '/v1/metadata-fields', { key, type: 'keyword' })).toMatchObject({ status: 200 });
    const address = `/v1/metadata-fields/${encodeURIComponent(key)}`;
    expect(await api.json('GET', address)).toMatchObject({ status: 200, body: { key } });
    expect((await api.call('DELETE', address)).statusCode).toBe(204);
  });

  test('refuse another type, and what is no type or key', async () => {
    expect(await api.json('POST', '/v1/metadata-fields', { key: 'year', type: 'text' })).toMatchObject({
      status: 409,
      body: { code: 'metadata_field_conflict' },
    });
    const wrong = await api.json<Problem>('POST', '/v1/metadata-fields', { key: '', type: 'colour' });
    expect(wrong.status).toBe(400);
    expect(wrong.body.fields).toEqual([
      { path: 'key', expected: 'at least 1 characters', received: '""' },
      { path: 'type', expected: 'one of keyword, text, number, boolean, date', received: '"colour"' },
    ]);
  });
});

describe('a filter', () => {
  test('narrows a search as structure and as text', async () => {
    const filter = {
      and: [
        { field: 'metadata.camera', eq: 'X100' },
        { field: 'metadata.year', gt: 2020 },
      ],
    };
    const text = 'metadata.camera = "X100" and metadata.year > 2020';
    const posted = await api.json<SimilarDto>('POST', '/v1/search', { id: ids[0], filter, collection: 'some' });
    expect(posted).toMatchObject({ status: 200, body: { plan: 'filtered-exact', estimate: 2, matched: 2 } });
    expect(posted.body.results.map(({ id }) => id).sort()).toEqual([ids[2], ids[3]].sort());
    const got = await api.json<SimilarDto>('GET', `/v1/images/${ids[0]}/similar?filter=${encodeURIComponent(text)}`);
    expect(got.body.results).toEqual(posted.body.results);
    const form = formOf([['query.jpg', await scene(2)]], { filter: JSON.stringify(filter) });
    expect((await api.form<SimilarDto>('/v1/search', form)).body.results.map(({ id }) => id)).toContain(ids[2]);
  });

  test('narrows a listing', async () => {
    const list = async (text: string): Promise<string[]> =>
      (await api.json<Page>('GET', `/v1/images?filter=${encodeURIComponent(text)}`)).body.images.map(({ id }) => id);
    expect(await list('orientation = landscape and width < 1000 and metadata.year in (2021, 2024)')).toEqual([
      ids[4],
      ids[1],
    ]);
    expect(await list('not metadata.camera exists')).toEqual([ids[5]]);
    expect(await list('createdAt < 2001-01-01')).toEqual([]);
  });

  test('that cannot be used is refused with the path or position', async () => {
    const unknown = await api.json<Problem>('POST', '/v1/search', {
      id: ids[0],
      filter: {
        or: [
          { field: 'metadata.camra', eq: 'X100' },
          { field: 'metadata.year', gte: 'new' },
          { field: 'collection', in: ['some', 'none'] },
        ],
      },
    });
    expect(unknown.status).toBe(400);
    expect(unknown.body).toMatchObject({
      code: 'invalid_request',
      fields: [
        {
          path: 'filter.or.0.field',
          expected: 'a declared metadata field (metadata.camera, metadata.year)',
          received: '"metadata.camra"',
        },
        { path: 'filter.or.1.gte', expected: 'a number (metadata.year is a number field)', received: '"new"' },
        { path: 'filter.or.2.in.1', expected: 'the name of a collection', received: '"none"' },
      ],
    });
    const syntax = await api.json<Problem>('GET', `/v1/images?filter=${encodeURIComponent('width >= ')}`);
    expect(syntax.body.detail).toBe('Expected a value at position 10 of filter but received the end of the text.');
    const shape = await api.json<Problem>('POST', '/v1/search', { id: ids[0], filter: { field: 'width', near: 3 } });
    expect(shape.body.fields?.map(({ path }) => path)).toEqual(['filter.near', 'filter']);
  });

  test('deletes what matches, and nothing without ids or a filter', async () => {
    const neither = await api.json<Problem>('POST', '/v1/images/delete', {});
    expect(neither.body).toMatchObject({
      code: 'invalid_request',
      fields: [{ expected: 'exactly one of ids and filter' }],
    });
    const gone = await api.json('POST', '/v1/images/delete', { filter: 'metadata.camera = GR' });
    expect(gone).toMatchObject({ status: 200, body: { deleted: [ids[1], ids[4]] } });
    expect((await api.json<Page>('GET', '/v1/images')).body.images).toHaveLength(4);
  });
});
