import http, { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../src/http/problem.js';
import type { UploadAnswer } from '../src/images/image.dto.js';
import type { SimilarDto } from '../src/search/search.dto.js';
import { formOf, scene, TestApi } from './test-api.js';

let api: TestApi;
let site: Server;
let origin: string;
let visits = 0;
const ids: string[] = [];

beforeAll(async () => {
  site = http.createServer((request, response) => {
    visits++;
    if (request.url === '/picture') void scene(2, 1).then((bytes) => response.end(bytes));
    else if (request.url === '/inside') response.writeHead(302, { location: 'http://127.0.0.1/secret' }).end();
    else response.end('<html>no picture</html>');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.2', resolve));
  origin = `http://127.0.0.2:${(site.address() as AddressInfo).port}`;
  api = await TestApi.start({ LIKENESS_FETCH_ALLOW: '127.0.0.2' });
  const files: [string, Buffer][] = [];
  for (const kind of [0, 1, 2])
    for (const seed of [1, 2, 3]) files.push([`${kind}-${seed}.jpg`, await scene(seed, kind)]);
  // Two scenes side by side: only a region tells which one is meant.
  const [left, right] = [await scene(7, 0), await scene(7, 2)];
  const both = sharp({ create: { width: 320, height: 120, channels: 3, background: '#fff' } })
    .composite([
      { input: left, left: 0, top: 0 },
      { input: right, left: 160, top: 0 },
    ])
    .png();
  files.push(['both.png', await both.toBuffer()]);
  const { body } = await api.form<UploadAnswer>('/v1/images?wait=searchable', formOf(files));
  ids.push(...body.items.flatMap(({ image }) => (image ? [image.id] : [])));
  expect(ids).toHaveLength(10);
});
afterAll(async () => {
  await api.stop();
  await new Promise((resolve) => site.close(resolve));
});

const search = (payload: object) => api.json<SimilarDto & Problem>('POST', '/v1/search', payload);
const found = (body: SimilarDto) => body.results.map(({ id }) => id);

describe('examples', () => {
  test('given by id are left out, in every strategy, and negatives push down', async () => {
    for (const strategy of ['average_vector', 'best_score', 'sum_scores']) {
      const positives = [{ id: ids[0] }, { id: ids[1] }];
      const negatives = [{ id: ids[3] }];
      const { status, body } = await search({ positives, negatives, strategy, k: 20 });
      expect(status).toBe(200);
      expect(found(body).sort()).toEqual(ids.filter((id) => ![ids[0], ids[1], ids[3]].includes(id)).sort());
      const plain = await search({ positives, strategy, k: 20 });
      const rank = (of: SimilarDto) => found(of).indexOf(ids[4] ?? '') / of.results.length;
      expect(rank(body)).toBeGreaterThanOrEqual(rank(plain.body) - 0.1);
    }
  });

  test('one positive is the short form, in another spelling', async () => {
    const short = await search({ id: ids[0], k: 20, exact: true });
    const long = await search({ positives: [{ id: ids[0] }], k: 20, exact: true });
    expect(found(long.body)).toEqual(found(short.body));
    expect(short.body.queryId).toBe(ids[0]);
  });

  test('negatives alone put what resembles them last', async () => {
    for (const strategy of ['best_score', 'sum_scores']) {
      const { body } = await search({ negatives: [{ id: ids[0] }], strategy, k: 20 });
      const near = await search({ id: ids[0], k: 20 });
      expect(found(body)).toEqual(found(near.body).reverse());
    }
  });

  test('weights decide between two', async () => {
    const of = (heavy: number) =>
      search({
        positives: [
          { id: ids[0], weight: heavy },
          { id: ids[6], weight: 1 },
        ],
        k: 20,
      });
    const score = (body: SimilarDto, id = '') => body.results.find((hit) => hit.id === id)?.score ?? NaN;
    const [light, heavy] = [await of(0.1), await of(10)];
    expect(score(heavy.body, ids[1])).toBeGreaterThan(score(light.body, ids[1]));
    expect(score(heavy.body, ids[7])).toBeLessThan(score(light.body, ids[7]));
  });

  test('a region of a stored image is cut from its original', async () => {
    const both = ids[9];
    const at = async (region: object) => {
      const { body } = await search({ positives: [{ id: both, region }], k: 20 });
      expect(found(body)).not.toContain(both);
      return body.results;
    };
    const pixels = await at({ left: 160, top: 0, width: 160, height: 120 });
    const fractions = await at({ left: 0.5, top: 0, width: 0.5, height: 1, unit: 'fractions' });
    expect(fractions.map(({ id, score }) => [id, score])).toEqual(pixels.map(({ id, score }) => [id, score]));
    // The right half is a scene of the kind 2; cut out beforehand it gives the same picture, pixel by pixel.
    const cut = await api.form<SimilarDto>(
      '/v1/search',
      formOf(
        [
          [
            'right.png',
            await sharp(await scene(7, 2))
              .png()
              .toBuffer(),
          ],
        ],
        { k: '20' },
      ),
    );
    const scores = new Map(cut.body.results.map(({ id, score }) => [id, score]));
    for (const { id, score } of pixels) expect(score).toBeCloseTo(scores.get(id) ?? NaN, 3);
  });

  test('in a form name its parts; stored, fetched and sent ones mix', async () => {
    const form = new FormData();
    form.append(
      'query',
      JSON.stringify({
        positives: [{ file: 'liked' }, { url: `${origin}/picture` }],
        negatives: [{ id: ids[8] }],
        k: 3,
      }),
    );
    form.append('liked', new Blob([new Uint8Array(await scene(1, 1))]), 'liked.jpg');
    const { status, body } = await api.form<SimilarDto>('/v1/search', form);
    expect(status).toBe(200);
    expect(found(body).slice(0, 2).sort()).toEqual([ids[3], ids[4]].sort());
    expect(body.timings).toHaveProperty('fetch');
  });

  test('a URL in short form finds the picture behind it', async () => {
    const { body } = await search({ url: `${origin}/picture`, k: 1 });
    expect(body.results[0]).toMatchObject({ id: ids[4] });
    expect(body.results[0]?.score).toBeCloseTo(1, 4);
  });
});

describe('examples that cannot be', () => {
  test.each([
    ['no examples', { positives: [] }, 400, 'invalid_request'],
    ['negatives alone with average_vector', { negatives: [{ id: '1' }] }, 400, 'invalid_request'],
    ['short and long form', { id: '1', positives: [{ id: '2' }] }, 400, 'invalid_request'],
    ['an example of two kinds', { positives: [{ id: '1', url: 'http://x.example/' }] }, 400, 'invalid_request'],
    ['a weight of zero', { positives: [{ id: '1', weight: 0 }] }, 400, 'invalid_request'],
    ['a strategy of another world', { positives: [{ id: '1' }], strategy: 'magic' }, 400, 'invalid_request'],
    [
      'a region of a vector',
      { positives: [{ vector: [1], region: { left: 0, top: 0, width: 1, height: 1 } }] },
      400,
      'invalid_request',
    ],
    ['a part without a form', { positives: [{ file: 'a' }] }, 400, 'invalid_request'],
    ['an example that is not there', { positives: [{ id: '987654' }] }, 404, 'image_not_found'],
    [
      'the same liked and disliked',
      { positives: [{ id: '1' }], negatives: [{ id: '1' }], strategy: 'sum_scores' },
      422,
      'examples_cancel_out',
    ],
    [
      'a region outside',
      { positives: [{ id: '1', region: { left: 500, top: 0, width: 10, height: 10 } }] },
      422,
      'region_outside_image',
    ],
    ['a URL of another protocol', { url: 'file:///etc/passwd' }, 422, 'url_invalid'],
    ['a URL into this machine', { url: 'http://127.0.0.1:5432/' }, 403, 'url_refused'],
    ['a URL into this machine, mapped', { url: 'http://[::ffff:127.0.0.1]/' }, 403, 'url_refused'],
    [
      'the metadata of a cloud',
      { positives: [{ url: 'http://169.254.169.254/latest/meta-data/' }] },
      403,
      'url_refused',
    ],
  ])('%s', async (_what, payload, status, code) => {
    expect(await search(payload)).toMatchObject({ status, body: { code } });
  });

  test('a redirect into this machine, and a page that is no picture', async () => {
    const before = visits;
    expect(await search({ url: `${origin}/inside` })).toMatchObject({ status: 403, body: { code: 'url_refused' } });
    expect(await search({ url: `${origin}/page` })).toMatchObject({
      status: 422,
      body: { code: 'image_format_unsupported' },
    });
    expect(visits).toBe(before + 2);
  });

  test('each is named by its path', async () => {
    const { body } = await search({ positives: [{ id: '1', region: { left: 0, top: 0, width: 0, height: 1 } }], k: 0 });
    expect(body.fields).toEqual([
      { path: 'positives.0.region.width', expected: 'more than 0', received: '0' },
      { path: 'k', expected: 'at least 1', received: '0' },
    ]);
  });

  test('one of several is named by its path, a file by its name, too', async () => {
    const form = new FormData();
    form.append('query', JSON.stringify({ positives: [{ id: ids[0] }, { file: 'empty' }], explain: true }));
    form.append('empty', new Blob([]), 'empty.jpg');
    expect(await api.form<Problem>('/v1/search', form)).toMatchObject({
      status: 422,
      body: {
        code: 'image_empty',
        detail: 'empty.jpg: The file has no bytes.',
        fields: [{ path: 'positives.1', expected: 'an example that can be searched with' }],
      },
    });
    expect(await search({ positives: [{ id: ids[0] }], negatives: [{ vector: [1] }] })).toMatchObject({
      body: { code: 'vector_dimension_mismatch', fields: [{ path: 'negatives.0' }] },
    });
    const url = `${origin}/page`;
    for (const explain of [false, true])
      expect(await search({ positives: [{ url }, { id: ids[0] }], explain })).toMatchObject({
        body: {
          code: 'image_format_unsupported',
          detail: expect.stringMatching(`^${url}: The file is`),
          fields: [{ path: 'positives.0' }],
        },
      });
  });

  test('alone is told as it is', async () => {
    const { body } = await search({ positives: [{ id: '987654' }] });
    expect(body).toMatchObject({ code: 'image_not_found', fields: [] });
  });

  test('negatives alone: what could be done instead', async () => {
    expect((await search({ negatives: [{ id: '1' }] })).body).toMatchObject({
      detail: 'Expected at least one example, or the strategy best_score or sum_scores: there are no positives.',
      fields: [{ path: 'positives', received: 'none' }],
    });
  });

  test('a part that the form has not', async () => {
    const form = new FormData();
    form.append('query', JSON.stringify({ positives: [{ file: 'missing' }] }));
    const { status, body } = await api.form<Problem>('/v1/search', form);
    expect(status).toBe(400);
    expect(body.fields).toEqual([
      { path: 'positives.0.file', expected: 'the name of a file part of this form', received: '"missing"' },
    ]);
  });
});
