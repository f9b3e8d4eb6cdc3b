import { emptyFile, heicStub, pngBomb, svgFile, textFileNamedJpg, truncatedJpeg } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImageDto, UploadAnswer } from '../src/images/image.dto.js';
import type { Problem } from '../src/http/problem.js';
import { formOf, scene, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start({ LIKENESS_MAX_FILE_BYTES: '200000', LIKENESS_MAX_FILES_PER_REQUEST: '12' });
});
afterAll(() => api.stop());

async function add(seed: number, name = `scene-${seed}.jpg`): Promise<ImageDto> {
  const { body } = await api.form<UploadAnswer>('/v1/images?wait=searchable', formOf([[name, await scene(seed)]]));
  const image = body.items[0]?.image;
  if (!image) throw new Error(`${name} was not stored: ${JSON.stringify(body)}`);
  return image;
}

describe('POST /v1/images', () => {
  test('stores files with what items says of them, by name', async () => {
    const items = JSON.stringify({ 'b.jpg': { metadata: { n: 1 }, externalId: 'sku-b' } });
    const form = formOf(
      [
        ['a.jpg', await scene(1)],
        ['b.jpg', await scene(2)],
      ],
      { items, collection: 'first' },
    );
    const { status, body } = await api.form<UploadAnswer>('/v1/images?wait=searchable', form);
    expect(status).toBe(201);
    expect(body.items).toMatchObject([
      {
        name: 'a.jpg',
        status: 'added',
        image: { source: 'a.jpg', externalId: null, metadata: {}, searchable: true, collections: ['first'] },
      },
      { name: 'b.jpg', status: 'added', image: { externalId: 'sku-b', metadata: { n: 1 }, searchable: true } },
    ]);
  });

  test('the same content is there once; the same external id replaces', async () => {
    const first = await add(3);
    expect(await add(3, 'again.jpg')).toMatchObject({ id: first.id });
    const items = JSON.stringify([{ externalId: 'replaced' }]);
    await api.form('/v1/images', formOf([['x.jpg', await scene(4)]], { items }));
    const { body } = await api.form<UploadAnswer>('/v1/images', formOf([['y.jpg', await scene(5)]], { items }));
    expect(body.items[0]).toMatchObject({ status: 'replaced', image: { externalId: 'replaced' } });
  });

  test('bad files fail alone, each with its name and reason, in the order they came', async () => {
    const files: [string, Buffer][] = [
      ['good.jpg', await scene(6)],
      ['empty.jpg', emptyFile()],
      ['text.jpg', textFileNamedJpg()],
      ['drawing.svg', svgFile()],
      ['photo.heic', heicStub()],
      ['bomb.png', pngBomb()],
      ['cut.jpg', await truncatedJpeg()],
      ['large.jpg', Buffer.alloc(300_000, 1)],
      ['good2.jpg', await scene(7)],
    ];
    const { status, body } = await api.form<UploadAnswer>('/v1/images', formOf(files));
    expect(status).toBe(207);
    expect(body.items.map(({ name, status: outcome, error }) => [name, error?.code ?? outcome])).toEqual([
      ['good.jpg', 'added'],
      ['empty.jpg', 'image_empty'],
      ['text.jpg', 'image_format_unsupported'],
      ['drawing.svg', 'image_svg_disabled'],
      ['photo.heic', 'image_heic_unsupported'],
      ['bomb.png', 'image_too_many_pixels'],
      ['cut.jpg', 'image_corrupt'],
      ['large.jpg', 'image_too_large'],
      ['good2.jpg', 'added'],
    ]);
  });

  test('a single bad file is its own problem', async () => {
    const { status, body } = await api.form<Problem>('/v1/images', formOf([['empty.jpg', emptyFile()]]));
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'image_empty' });
  });

  test('too many files are refused', async () => {
    const files = Array.from({ length: 13 }, (_, index): [string, Buffer] => [`${index}.jpg`, emptyFile()]);
    expect(await api.form('/v1/images', formOf(files))).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large' },
    });
  });

  test('too many files are refused once all of them have arrived, so that whoever sends them gets the answer', async () => {
    const file = Buffer.alloc(200_000, 'x');
    const files = Array.from({ length: 60 }, (_, index): [string, Buffer] => [`${index}.jpg`, file]);
    await api.app.listen(0, '127.0.0.1');
    const answer = await fetch(`${await api.app.getUrl()}/v1/images`, { method: 'POST', body: formOf(files) });
    expect([answer.status, answer.headers.get('connection')]).toEqual([413, 'keep-alive']);
    expect(await answer.json()).toMatchObject({ code: 'payload_too_large' });
  });

  test.each([
    ['items that is no JSON', { items: '{' }, { path: 'items', expected: 'JSON', received: '"{"' }],
    [
      'items for a file that is not there',
      { items: '{"z.jpg":{}}' },
      { path: 'items.z.jpg', expected: 'the name of a file in this form', received: '"z.jpg"' },
    ],
    [
      'too few items',
      { items: '[]' },
      { path: 'items', expected: 'one entry for each of the 1 files', received: '0 entries' },
    ],
    [
      'a collection with a slash',
      { collection: 'a/b' },
      { path: '', expected: 'a name without slashes and control characters', received: '"a/b"' },
    ],
  ])('%s is refused', async (_what, fields, problem) => {
    const { status, body } = await api.form<Problem>('/v1/images', formOf([['a.jpg', emptyFile()]], fields));
    expect({ status, code: body.code, fields: body.fields }).toEqual({
      status: 400,
      code: 'invalid_request',
      fields: [problem],
    });
  });

  test.each([
    ['metadata', { metadata: { a: ['\0'] } }, 'items.2.metadata.a.0'],
    ['an external id', { externalId: '\0' }, 'items.2.externalId'],
  ])('%s that cannot be stored is refused before anything is', async (_what, item, at) => {
    const count = async () => (await api.json<{ images: unknown[] }>('GET', '/v1/images?limit=500')).body.images.length;
    const before = await count();
    const files = await Promise.all([20, 21, 22].map(async (seed) => [`${seed}.jpg`, await scene(seed)] as const));
    const form = formOf(files, { items: JSON.stringify([{}, {}, item]) });
    expect(await api.form<Problem>('/v1/images', form)).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_request',
        fields: [
          {
            path: at,
            expected: 'text that can be stored: no NUL, no half of a surrogate pair',
            received: '"\\u0000"',
          },
        ],
      },
    });
    expect(await count()).toBe(before);
  });

  test('the name of a file is kept as far as it can be', async () => {
    const form = formOf([['a\0b.jpg', await scene(8)]]);
    expect(await api.form('/v1/images', form)).toMatchObject({
      status: 201,
      body: { items: [{ name: 'a\ufffdb.jpg', image: { source: 'a\ufffdb.jpg' } }] },
    });
  });

  test('a body that is neither a form nor a list of addresses is refused', async () => {
    expect(await api.json('POST', '/v1/images', {})).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', fields: [{ path: 'items' }] },
    });
  });
});

const PART = '--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n';

test.each([
  ['no boundary', '', PART, 'Multipart: Boundary not found'],
  ['too long a boundary', `; boundary=${'b'.repeat(300)}`, PART, 'a boundary of more than 252 characters'],
  ['no end', '; boundary=b', `${PART}abc`, 'Unexpected end of multipart data'],
  // Far enough from its start that the part is being read.
  ['no end of a long part', '; boundary=b', PART + 'x'.repeat(150_000), /unexpected end of multipart data$/i],
  ['no end of a field', '; boundary=b', PART.replace('files', 'items'), 'Unexpected end of multipart data'],
  ['no part', '; boundary=b', 'abc', 'Unexpected end of multipart data'],
])('a form with %s is refused', async (_what, parameter, payload, received) => {
  const headers = { 'content-type': `multipart/form-data${parameter}` };
  const answer = await api.call('POST', '/v1/images', { headers, payload });
  const field = {
    path: 'body',
    expected: 'a well-formed body',
    received: typeof received === 'string' ? received : expect.stringMatching(received),
  };
  expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_request', fields: [field] });
});

describe('stored images', () => {
  test('are listed a page at a time, each once', async () => {
    await api.form(
      '/v1/images',
      formOf(
        [
          ['p.jpg', await scene(20)],
          ['q.jpg', await scene(21)],
          ['r.jpg', await scene(22)],
        ],
        { collection: 'paged' },
      ),
    );
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page = await api.json<{ images: ImageDto[]; nextCursor: string | null }>(
        'GET',
        `/v1/images?collection=paged&limit=2${next}`,
      );
      seen.push(...page.body.images.map(({ source }) => source ?? ''));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(seen.sort()).toEqual(['p.jpg', 'q.jpg', 'r.jpg']);
  });

  test('of a collection that is not there are refused', async () => {
    expect(await api.json('GET', '/v1/images?collection=nope')).toMatchObject({
      status: 404,
      body: { code: 'collection_not_found' },
    });
  });

  test('can be read, changed and deleted', async () => {
    const { id } = await add(30);
    expect(await api.json('GET', `/v1/images/${id}`)).toMatchObject({ status: 200, body: { id, searchable: true } });
    const change = { metadata: { a: 1, b: { c: [2] } }, collections: ['one', 'two'] };
    expect(await api.json('PATCH', `/v1/images/${id}`, change)).toMatchObject({ status: 200, body: change });
    expect(await api.json('PATCH', `/v1/images/${id}`, { metadata: { z: 1 }, metadataMode: 'replace' })).toMatchObject({
      body: { metadata: { z: 1 } },
    });
    expect((await api.call('DELETE', `/v1/images/${id}`)).statusCode).toBe(204);
    expect(await api.json('GET', `/v1/images/${id}`)).toMatchObject({ status: 404, body: { code: 'image_not_found' } });
    expect(await api.json('DELETE', `/v1/images/${id}`)).toMatchObject({
      status: 404,
      body: { code: 'image_not_found' },
    });
  });

  test('several are deleted at once, and no search finds them any more', async () => {
    const [a, b] = [await add(31), await add(32)];
    const { body } = await api.json<{ deleted: string[] }>('POST', '/v1/images/delete', { ids: [a.id, '999999'] });
    expect(body.deleted).toEqual([a.id]);
    const similar = await api.json<{ results: { id: string }[] }>('GET', `/v1/images/${b.id}/similar?k=1000`);
    expect(similar.body.results.map(({ id }) => id)).not.toContain(a.id);
  });

  test('originals and thumbnails are files that browsers will not run, and may be cached', async () => {
    const bytes = await scene(33);
    const { originalUrl, thumbnailUrl, id, sha256 } = await add(33);
    const original = await api.call('GET', originalUrl);
    expect(original.rawPayload.equals(bytes)).toBe(true);
    expect(original.headers).toMatchObject({
      'content-type': 'image/jpeg',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, max-age=31536000, immutable',
      'content-disposition': `inline; filename="image-${id}.jpeg"`,
      etag: `"${sha256}"`,
    });
    const again = await api.call('GET', originalUrl, { headers: { 'if-none-match': `"${sha256}"` } });
    expect(again.statusCode).toBe(304);
    const thumbnail = await api.call('GET', thumbnailUrl);
    expect(thumbnail.statusCode).toBe(200);
    expect(thumbnail.headers.etag).not.toBe(original.headers.etag);
    const unnamed = await api.call('GET', `/v1/images/${id}/thumbnail?v=00`);
    expect(unnamed.headers['cache-control']).toBe('private, no-cache');
  });
});
