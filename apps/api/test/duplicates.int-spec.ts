import sharp from 'sharp';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DuplicatePageDto } from '../src/duplicates/duplicate.dto.js';
import type { Problem } from '../src/http/problem.js';
import type { UploadAnswer } from '../src/images/image.dto.js';
import { formOf, scene, TestApi } from './test-api.js';

let api: TestApi;
/** Ids by file name. */
const ids = new Map<string, string>();
const id = (name: string): string => ids.get(name) ?? 'none';

/** Two pictures with altered copies of each, and pictures that stand alone. */
async function pictures(): Promise<[string, Buffer][]> {
  const [one, other] = [await scene(1, 0), await scene(2, 1)];
  return [
    ['one small.jpg', await sharp(one).resize(80).jpeg().toBuffer()],
    ['one.png', one],
    ['one mirrored.jpg', await sharp(one).flop().jpeg().toBuffer()],
    ['other.png', other],
    ['other again.jpg', await sharp(other).jpeg({ quality: 60 }).toBuffer()],
    ['alone.png', await scene(3, 2)],
    ['alone too.png', await scene(4, 3)],
  ];
}

beforeAll(async () => {
  api = await TestApi.start();
  const form = formOf([...(await pictures()), ['one twice.png', await scene(1, 0)]]);
  const { body } = await api.form<UploadAnswer>('/v1/images?wait=searchable&collection=all', form);
  for (const { name, image } of body.items) ids.set(name, image?.id ?? 'none');
  await compared();
});
afterAll(() => api.stop());

const duplicates = async (query = ''): Promise<DuplicatePageDto> =>
  (await api.json<DuplicatePageDto>('GET', `/v1/duplicates${query}`)).body;

/** Waits until every image has been compared with the others. */
async function compared(): Promise<DuplicatePageDto> {
  for (;;) {
    const page = await duplicates();
    if (page.unchecked === 0) return page;
    await sleep(50);
  }
}

const idsOf = ({ groups }: DuplicatePageDto): string[][] =>
  groups.map(({ images }) => images.map(({ image }) => image.id));

describe('near-duplicates', () => {
  test('come in groups, newest first, each with its best first and why', async () => {
    const page = await duplicates();
    expect(page).toMatchObject({ kind: 'near', threshold: 0.71, total: 2, nextCursor: null });
    expect(idsOf(page).map(([best]) => best)).toEqual([id('other.png'), id('one.png')]);
    expect(idsOf(page).map((group) => new Set(group))).toEqual([
      new Set([id('other.png'), id('other again.jpg')]),
      new Set([id('one.png'), id('one mirrored.jpg'), id('one small.jpg')]),
    ]);
    const [, one] = page.groups;
    expect(one).toMatchObject({ best: id('one.png'), images: [{ score: null, hashDistance: null }, {}, {}] });
    expect(one?.reasons.map(({ by }) => by)).toEqual(['resolution', 'bytes']);
    expect(one?.reasons[0]?.says).toBe('160 × 120 pixels; another is as large');
    for (const { score, hashDistance } of one?.images.slice(1) ?? []) {
      expect(score).toBeGreaterThanOrEqual(0.71);
      expect(hashDistance).toBeLessThan(12);
    }
    expect(one?.spareBytes).toBe(one?.images.slice(1).reduce((sum, { image }) => sum + image.bytes, 0));
  });

  test('are paged', async () => {
    const first = await duplicates('?limit=1');
    expect(idsOf(first).map(([best]) => best)).toEqual([id('other.png')]);
    const second = await duplicates(`?limit=1&cursor=${first.nextCursor}`);
    expect(idsOf(second).map(([best]) => best)).toEqual([id('one.png')]);
    expect(second.nextCursor).toBeNull();
  });

  test('can be asked for more strictly, and of one collection', async () => {
    expect((await duplicates('?threshold=1')).groups).toEqual([]);
    expect((await duplicates('?collection=all')).groups).toHaveLength(2);
    await api.json('PATCH', `/v1/images/${id('other.png')}`, { collections: [] });
    expect(idsOf(await duplicates('?collection=all')).flat()).not.toContain(id('other again.jpg'));
    await api.json('PATCH', `/v1/images/${id('other.png')}`, { collections: ['all'] });
  });

  test('are looked for again when somebody asks for it', async () => {
    const before = idsOf(await duplicates());
    const recheck = await api.json('POST', '/v1/duplicates/recheck');
    expect(recheck).toMatchObject({ status: 202, body: { unchecked: 7 } });
    expect(idsOf(await compared())).toEqual(before);
  });
});

describe('a search that collapses', () => {
  interface Found {
    results: { id: string; duplicateCount?: number; duplicates?: { id: string; score: number }[] }[];
    collapseComplete?: boolean;
    nextCursor: string | null;
  }
  const search = async (body: object): Promise<Found> => (await api.json<Found>('POST', '/v1/search', body)).body;
  const family = (): Set<string> => new Set([id('one.png'), id('one mirrored.jpg'), id('one small.jpg')]);

  test('lists near-duplicates under the best-ranked of them, and counts what is left', async () => {
    const plain = await search({ id: id('other.png'), k: 10 });
    const { results, collapseComplete } = await search({ id: id('other.png'), k: 4, collapse: true });
    expect(collapseComplete).toBe(true);
    expect(plain.results).toHaveLength(6);
    // Left of six: the other picture's copy, one of the family, two that stand alone.
    expect(results).toHaveLength(4);
    const first = plain.results.find((one) => family().has(one.id));
    const folded = results.filter((one) => family().has(one.id));
    expect(folded.map((one) => one.id)).toEqual([first?.id]);
    expect(folded[0]?.duplicateCount).toBe(2);
    expect(new Set([first?.id, ...(folded[0]?.duplicates ?? []).map((one) => one.id)])).toEqual(family());
    expect(results.filter((one) => !family().has(one.id)).map((one) => one.duplicateCount)).toEqual([0, 0, 0]);
    expect(plain.results[0]?.duplicateCount).toBeUndefined();
  });

  test('leads through its pages without a near-duplicate of an earlier result', async () => {
    const whole = await search({ id: id('other.png'), k: 10, collapse: true });
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await search({ id: id('other.png'), k: 1, cursor, collapse: true });
      seen.push(...page.results.map((one) => one.id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(whole.results.map((one) => one.id));
  });

  test('works for a stored image and in a batch, and not with groups', async () => {
    const { body } = await api.json<Found>('GET', `/v1/images/${id('other.png')}/similar?k=10&collapse=true`);
    expect(body.results).toHaveLength(4);
    const batch = await api.json<{ answers: { answer: Found }[] }>('POST', '/v1/search/batch', {
      searches: [{ id: id('other.png'), collapse: true }],
    });
    expect(batch.body.answers[0]?.answer.results).toHaveLength(4);
    const wrong = await api.json<Problem>('POST', '/v1/search', { id: id('one.png'), collapse: true, groupBy: 'kind' });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid_request', fields: [{ path: 'collapse' }] } });
    const odd = await api.json<Problem>('POST', '/v1/search', { id: id('one.png'), collapse: 'yes' });
    expect(odd).toMatchObject({ status: 400, body: { fields: [{ path: 'collapse' }] } });
  });
});

describe('exact duplicates', () => {
  test('are one image with all its sources', async () => {
    const page = await duplicates('?kind=exact');
    expect(page).toMatchObject({ kind: 'exact', threshold: null, total: null, nextCursor: null });
    expect(idsOf(page)).toEqual([[id('one.png')]]);
    expect(id('one twice.png')).toBe(id('one.png'));
    expect(page.groups[0]?.copies?.map(({ key }) => key)).toEqual(['one.png', 'one twice.png']);
    expect(page.groups[0]?.spareBytes).toBe(page.groups[0]?.images[0]?.image.bytes);
    expect((await duplicates('?kind=exact&collection=all')).groups).toHaveLength(1);
  });
});

describe('what is no duplicate', () => {
  test('is remembered, listed, and can be taken back', async () => {
    const order = { ids: [id('one small.jpg')], of: [id('one.png'), id('one mirrored.jpg')] };
    expect(await api.json('POST', '/v1/duplicates/rejections', order)).toEqual({ status: 200, body: { added: 2 } });
    expect(await api.json('POST', '/v1/duplicates/rejections', order)).toMatchObject({ body: { added: 0 } });
    expect(idsOf(await duplicates()).flat()).not.toContain(id('one small.jpg'));

    const { body: first } = await api.json<{ rejections: { ids: string[] }[]; nextCursor: string }>(
      'GET',
      '/v1/duplicates/rejections?limit=1',
    );
    const { body: second } = await api.json<typeof first>(
      'GET',
      `/v1/duplicates/rejections?limit=1&cursor=${first.nextCursor}`,
    );
    expect(second.nextCursor).toBeNull();
    const listed = [...first.rejections, ...second.rejections].map((one) => new Set(one.ids));
    expect(listed).toContainEqual(new Set([id('one small.jpg'), id('one.png')]));
    expect(listed).toContainEqual(new Set([id('one small.jpg'), id('one mirrored.jpg')]));

    expect(await api.json('POST', '/v1/duplicates/rejections/remove', order)).toMatchObject({ body: { removed: 2 } });
    expect(idsOf(await duplicates()).flat()).toContain(id('one small.jpg'));
  });

  test('holds for a picture that is deleted and comes again', async () => {
    const pair = { ids: [id('other.png'), id('other again.jpg')] };
    await api.json('POST', '/v1/duplicates/rejections', pair);
    await api.call('DELETE', `/v1/images/${id('other again.jpg')}`);
    const again = (await pictures()).filter(([name]) => name === 'other again.jpg');
    const { body } = await api.form<UploadAnswer>('/v1/images?wait=searchable&collection=all', formOf(again));
    expect(body.items[0]?.image?.id).not.toBe(id('other again.jpg'));
    ids.set('other again.jpg', body.items[0]?.image?.id ?? 'none');
    expect(idsOf(await compared())).toHaveLength(1);
    await api.json('POST', '/v1/duplicates/rejections/remove', { ids: [id('other.png'), id('other again.jpg')] });
    expect(idsOf(await duplicates())).toHaveLength(2);
  });

  test('the groups are made anew when the best of one is deleted', async () => {
    await api.call('DELETE', `/v1/images/${id('one.png')}`);
    expect(idsOf(await duplicates()).map((group) => new Set(group))).toContainEqual(
      new Set([id('one mirrored.jpg'), id('one small.jpg')]),
    );
  });
});

describe('requests that are not valid', () => {
  test.each([
    ['?kind=same', 'kind'],
    ['?threshold=0.4', 'threshold'],
    ['?threshold=much', 'threshold'],
    ['?limit=0', 'limit'],
    ['?limit=101', 'limit'],
    ['?cursor=rubbish', 'cursor'],
    ['?limits=5', 'limits'],
  ])('GET /v1/duplicates%s', async (query, path) => {
    const { status, body } = await api.json<Problem>('GET', `/v1/duplicates${query}`);
    expect({ status, code: body.code, path: body.fields?.[0]?.path }).toEqual({
      status: 400,
      code: 'invalid_request',
      path,
    });
  });

  test('a collection that is not there', async () => {
    const { status, body } = await api.json<Problem>('GET', '/v1/duplicates?collection=nowhere');
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'collection_not_found' });
  });

  test.each([
    [{ ids: ['1'] }, 400, 'ids'],
    [{ ids: [] }, 400, 'ids'],
    [{ ids: ['one', 'two'] }, 400, 'ids.0'],
    [{ of: ['1'] }, 400, 'ids'],
    [{ ids: ['1'], of: [] }, 400, 'of'],
    [{ ids: ['1', '999999'] }, 404, undefined],
  ])('not duplicates %j', async (order, expected, path) => {
    for (const url of ['/v1/duplicates/rejections', '/v1/duplicates/rejections/remove']) {
      const { status, body } = await api.json<Problem>('POST', url, order);
      expect({ status, path: body.fields?.[0]?.path }).toEqual({ status: expected, path });
    }
  });

  test('a cursor of rejections nobody gave out', async () => {
    const { status, body } = await api.json<Problem>('GET', '/v1/duplicates/rejections?cursor=rubbish');
    expect({ status, path: body.fields?.[0]?.path }).toEqual({ status: 400, path: 'cursor' });
  });
});
