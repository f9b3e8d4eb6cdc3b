import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RecallSampler } from '#libs/search';
import type { Problem } from '../src/http/problem.js';
import type { UploadAnswer } from '../src/images/image.dto.js';
import type { SimilarDto } from '../src/search/search.dto.js';
import { formOf, scene, TestApi } from './test-api.js';

const COUNT = 13;
let api: TestApi;
const ids: string[] = [];

beforeAll(async () => {
  api = await TestApi.start();
  const files = await Promise.all(
    Array.from({ length: COUNT }, async (_, i): Promise<[string, Buffer]> => [`${i}.jpg`, await scene(i, i % 4)]),
  );
  const items = files.map((_, i) => ({ metadata: i === 0 ? {} : { kind: `kind ${i % 3}` } }));
  const form = formOf(files, { items: JSON.stringify(items) });
  const { body } = await api.form<UploadAnswer>('/v1/images?wait=searchable', form);
  ids.push(...body.items.flatMap(({ image }) => (image ? [image.id] : [])));
});
afterAll(() => api.stop());

const search = async (body: object): Promise<SimilarDto> =>
  (await api.json<SimilarDto>('POST', '/v1/search', body)).body;
const idsOf = ({ results }: SimilarDto): string[] => results.map(({ id }) => id);

describe('pages of a search', () => {
  test('lead through every result once, whether new images come between or not', async () => {
    const whole = idsOf(await search({ id: ids[0], k: 50 }));
    expect(whole).toHaveLength(COUNT - 1);
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 10; pages++) {
      const page = await search({ id: ids[0], k: 5, cursor });
      seen.push(...idsOf(page));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(whole);
  });

  test('refuse a cursor nobody gave out, and one with groups', async () => {
    const wrong = await api.json<Problem>('POST', '/v1/search', { id: ids[0], cursor: 'rubbish' });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid_request', fields: [{ path: 'cursor' }] } });
    const both = await api.json<Problem>('GET', `/v1/images/${ids[0]}/similar?cursor=WzAsMF0&groupBy=kind`);
    expect(both.body.fields).toEqual([
      { path: 'cursor', expected: 'nothing together with groupBy', received: '"WzAsMF0"' },
    ]);
  });
});

describe('groups', () => {
  test('hold the best of each value, best group first', async () => {
    const order = await search({ id: ids[0], k: 50 });
    const answer = await search({ id: ids[0], k: 2, groupBy: 'kind', groupSize: 3 });
    const kinds = [...new Set(order.results.map(({ metadata }) => metadata.kind))].slice(0, 2);
    expect(answer.groups).toEqual(
      kinds.map((value) => ({
        value,
        ids: idsOf({ ...order, results: order.results.filter(({ metadata }) => metadata.kind === value) }).slice(0, 3),
      })),
    );
    expect(answer).toMatchObject({ nextCursor: null, groupsComplete: true });
    expect(idsOf(answer)).toEqual(answer.groups?.flatMap((group) => group.ids));
    const tooMany = await api.json<Problem>('POST', '/v1/search', { id: ids[0], groupBy: 'kind', groupSize: 101 });
    expect(tooMany.body.fields?.map(({ path }) => path)).toEqual(['groupSize']);
  });
});

describe('a batch', () => {
  test('answers each search as if asked alone; a bad one fails alone', async () => {
    const searches = [
      { id: ids[0], k: 3 },
      { id: '999999' },
      { id: ids[1], k: 0 },
      { id: ids[1], filter: 'metadata.kind = "x"' },
      { id: ids[2], k: 2, filter: { field: 'width', gte: 1 } },
      { id: ids[0], k: 2, explain: true },
      { id: ids[0], k: 23, explain: true },
    ];
    const { status, body } = await api.json<{ answers: { status: string; answer?: SimilarDto; error?: Problem }[] }>(
      'POST',
      '/v1/search/batch',
      { searches },
    );
    expect(status).toBe(200);
    expect(body.answers.map((one) => one.error?.code ?? one.status)).toEqual([
      'found',
      'image_not_found',
      'invalid_request',
      'invalid_request',
      'found',
      'found',
      'invalid_request',
    ]);
    const explained = body.answers[5]?.answer?.results.map(({ score, explanation }) => [score, explanation?.total]);
    expect(explained).toHaveLength(2);
    for (const [score, total] of explained ?? []) expect(total).toBeCloseTo(score ?? NaN, 2);
    expect(body.answers[6]?.error?.fields).toEqual([
      { path: 'explain', expected: 'at most 24 results explained in a batch', received: '25' },
    ]);
    expect(body.answers[0]?.answer?.results).toEqual((await search({ id: ids[0], k: 3 })).results);
    expect(body.answers[2]?.error?.fields.map(({ path }) => path)).toEqual(['k']);
    expect(body.answers[3]?.error?.fields.map(({ path }) => path)).toEqual(['filter.field']);
    const none = await api.json<Problem>('POST', '/v1/search/batch', { searches: [] });
    expect(none).toMatchObject({ status: 400, body: { code: 'invalid_request', fields: [{ path: 'searches' }] } });
  });
});

describe('recall', () => {
  test('is measured on demand, with a filter and without', async () => {
    const { status, body } = await api.json('POST', '/v1/recall', { queries: 5 });
    expect(status).toBe(200);
    expect(body).toMatchObject({ k: 10, queries: 5, recall: 1, least: 1, matched: COUNT, plans: { exact: 5 } });
    const filtered = await api.json('POST', '/v1/recall', { filter: 'width >= 1', queries: 3 });
    expect(filtered.body).toMatchObject({ recall: 1, matched: COUNT, plans: { 'filtered-exact': 3 } });
    expect((await api.json('POST', '/v1/recall', { filter: 'width < 1' })).body).toMatchObject({
      queries: 0,
      recall: null,
      matched: 0,
    });
    const wrong = await api.json<Problem>('POST', '/v1/recall', { filter: 'wide > 3', k: 3 });
    expect(wrong).toMatchObject({ status: 400, body: { fields: [{ path: 'filter' }] } });
    expect((await api.json<Problem>('POST', '/v1/recall', { k: 0 })).body.fields).toMatchObject([{ path: 'k' }]);
  });

  test('of what was asked is sampled into stats and metrics', async () => {
    await search({ id: ids[0], k: 3 });
    await search({ id: ids[0], k: 3, filter: 'orientation = landscape' });
    await api.app.get(RecallSampler).sample();
    const { body } = await api.json<{ recall: { shape: string; recall: number; searches: number }[] }>(
      'GET',
      '/v1/stats',
    );
    expect(body.recall).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ shape: 'none', recall: 1 }),
        expect.objectContaining({ shape: 'image', recall: 1 }),
      ]),
    );
    const metrics = (await api.call('GET', '/metrics')).body;
    expect(metrics).toMatch(/likeness_recall_at_10\{shape="image"\} 1/);
  });
});
