import { BUNDLED_ENCODER } from '#libs/config';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Embeddings } from '../src/embeddings/embedding.dto.js';
import { formOf, scene, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.stop());

test('vectors of posted images come in order, each with its own outcome, and nothing is stored', async () => {
  const [one, two] = [await scene(1, 0), await scene(2, 1)];
  const files = [
    ['one.jpg', one],
    ['broken.jpg', Buffer.from('no picture')],
    ['two.jpg', two],
  ] as const;
  const { status, body } = await api.form<Embeddings>('/v1/embeddings', formOf(files));
  expect(status).toBe(207);
  expect(body).toMatchObject({ encoder: BUNDLED_ENCODER, tap: 'penultimate', dimension: 512, normalised: false });
  expect(body.items.map(({ name, status, vector, error }) => [name, status, vector?.length, error?.code])).toEqual([
    ['one.jpg', 'embedded', 512, undefined],
    ['broken.jpg', 'failed', undefined, 'image_format_unsupported'],
    ['two.jpg', 'embedded', 512, undefined],
  ]);
  expect(await api.json('GET', '/v1/images')).toMatchObject({ body: { images: [] } });

  // The vector is the one that searches use: the stored image is found at a distance of zero by it.
  await api.form(
    '/v1/images?wait=searchable',
    formOf([
      ['one.jpg', one],
      ['two.jpg', two],
    ]),
  );
  const found = await api.json<{ results: { score: number; source: string }[] }>('POST', '/v1/search', {
    vector: body.items[0]?.vector,
    k: 1,
  });
  expect(found.status).toBe(200);
  expect(found.body.results[0]?.score).toBeCloseTo(1, 4);
});

test('encoder, tap and normalisation are chosen in the query or in the form, which goes over it', async () => {
  const files = [['one.jpg', await scene(1)]] as const;
  const raw = await api.form<Embeddings>(`/v1/embeddings?tap=logits&encoder=${BUNDLED_ENCODER}`, formOf(files));
  expect(raw).toMatchObject({ status: 200, body: { encoder: BUNDLED_ENCODER, tap: 'logits', normalised: false } });
  expect(raw.body.items[0]?.vector).toHaveLength(raw.body.dimension);

  const options = { tap: 'logits', normalise: 'true' };
  const unit = await api.form<Embeddings>('/v1/embeddings?tap=penultimate', formOf(files, options));
  expect(unit).toMatchObject({ status: 200, body: { tap: 'logits', normalised: true } });
  const [long, short] = [raw.body.items[0]?.vector ?? [], unit.body.items[0]?.vector ?? []];
  expect(Math.hypot(...short)).toBeCloseTo(1, 5);
  const length = Math.hypot(...long);
  short.forEach((component, at) => expect(component).toBeCloseTo((long[at] ?? NaN) / length, 5));
});

test('a form without files or with too many is refused', async () => {
  const refusal = (received: string) => ({
    status: 400,
    body: {
      code: 'invalid_request',
      detail: `Expected 1 to 64 file parts but received ${received}.`,
      fields: [{ path: 'files', expected: '1 to 64 file parts', received }],
    },
  });
  expect(await api.form('/v1/embeddings', formOf([], { tap: 'logits' }))).toMatchObject(refusal('0'));
  const many = Array.from({ length: 65 }, (_, at) => [`${at}.jpg`, Buffer.from('x')] as const);
  expect(await api.form('/v1/embeddings', formOf(many))).toMatchObject(refusal('65'));
});

test.each([
  ['?tap=none', {}, 422, { code: 'tap_not_found', detail: expect.stringContaining('It has: ') }],
  [
    '?encoder=resnet50',
    {},
    404,
    { code: 'space_not_found', detail: `The encoder resnet50 is not open here. Open: ${BUNDLED_ENCODER}.` },
  ],
  ['?colour=red', {}, 400, { code: 'invalid_request', fields: [{ path: 'colour', expected: 'no such field' }] }],
  ['', { colour: 'red' }, 400, { code: 'invalid_request', fields: [{ path: 'colour', expected: 'no such field' }] }],
  [
    '',
    { normalise: 'yes' },
    400,
    {
      code: 'invalid_request',
      detail: 'Expected one of true, false for normalise but received "yes".',
      fields: [{ path: 'normalise', expected: 'one of true, false', received: '"yes"' }],
    },
  ],
  ['?tap=', {}, 400, { code: 'invalid_request', fields: [{ path: 'tap', expected: 'at least 1 characters' }] }],
])('options %s %o are refused with %i', async (query, fields: Record<string, string>, status, body) => {
  const answer = await api.form(`/v1/embeddings${query}`, formOf([['one.jpg', Buffer.from('x')]], fields));
  expect(answer).toMatchObject({ status, body });
});

test('a body that is no form is refused', async () => {
  expect(await api.json('POST', '/v1/embeddings', {})).toMatchObject({
    status: 415,
    body: { code: 'unsupported_media_type', detail: 'Expected a body of type multipart/form-data.' },
  });
});
