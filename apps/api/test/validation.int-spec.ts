import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FieldProblem } from '#libs/errors';
import { type Method, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.stop());

const ID: FieldProblem = { path: 'id', expected: 'an id: a string of digits', received: '"abc"' };
const unknownField: FieldProblem = { path: 'colour', expected: 'no such field', received: '"red"' };
const STORABLE = 'text that can be stored: no NUL, no half of a surrogate pair';
const nothing: FieldProblem = { path: '', expected: 'an object', received: 'nothing' };

const CASES: readonly [Method, string, object | undefined, readonly FieldProblem[]][] = [
  ['GET', '/v1/images?limit=501', undefined, [{ path: 'limit', expected: 'at most 500', received: '"501"' }]],
  ['GET', '/v1/images?colour=red', undefined, [unknownField]],
  [
    'GET',
    '/v1/images?cursor=forged',
    undefined,
    [{ path: 'cursor', expected: 'the nextCursor of an earlier page', received: '"forged"' }],
  ],
  ['GET', '/v1/images/abc', undefined, [ID]],
  ['DELETE', '/v1/images/abc', undefined, [ID]],
  ['PATCH', '/v1/images/abc', {}, [ID]],
  [
    'PATCH',
    '/v1/images/1',
    { metadata: [1] },
    [{ path: 'metadata', expected: 'an object', received: 'an array of 1' }],
  ],
  [
    'PATCH',
    '/v1/images/1',
    { metadata: { ['x'.repeat(201)]: 1 } },
    [{ path: 'metadata', expected: 'keys of at most 200 characters', received: 'an object' }],
  ],
  [
    'PATCH',
    '/v1/images/1',
    { metadataMode: 'both' },
    [{ path: 'metadataMode', expected: 'one of merge, replace', received: '"both"' }],
  ],
  [
    'PATCH',
    '/v1/images/1',
    { collections: ['a/b'] },
    [{ path: 'collections.0', expected: 'a name without slashes and control characters', received: '"a/b"' }],
  ],
  ['PATCH', '/v1/images/1', undefined, [nothing]],
  [
    'POST',
    '/v1/images/delete',
    { ids: [] },
    [{ path: 'ids', expected: 'at least 1 entries', received: 'an array of 0' }],
  ],
  ['POST', '/v1/images/delete', { ids: ['1', 2] }, [{ path: 'ids.1', expected: 'a string', received: '2' }]],
  ['GET', '/v1/images/abc/original', undefined, [ID]],
  ['GET', '/v1/images/abc/thumbnail', undefined, [ID]],
  ['GET', '/v1/images/1/thumbnail?colour=red', undefined, [unknownField]],
  ['GET', '/v1/images/1/similar?k=0', undefined, [{ path: 'k', expected: 'at least 1', received: '"0"' }]],
  ['GET', '/v1/images/1/similar?minScore=2', undefined, [{ path: 'minScore', expected: 'at most 1', received: '"2"' }]],
  ['GET', '/v1/images/1/similar?minScore=', undefined, [{ path: 'minScore', expected: 'a number', received: '""' }]],
  [
    'GET',
    '/v1/images/1/similar?exact=maybe',
    undefined,
    [{ path: 'exact', expected: 'one of true, false', received: '"maybe"' }],
  ],
  ['GET', '/v1/images/abc/similar', undefined, [ID]],
  [
    'POST',
    '/v1/search',
    {},
    [
      {
        path: '',
        expected: 'either exactly one of id, url and vector (or a form with a file), or positives and negatives',
        received: 'an object',
      },
    ],
  ],
  ['POST', '/v1/search', { vector: ['x'] }, [{ path: 'vector.0', expected: 'a number', received: '"x"' }]],
  [
    'POST',
    '/v1/search',
    { id: '1', k: 1001, colour: 'red' },
    [{ path: 'k', expected: 'at most 1000', received: '1001' }, unknownField],
  ],
  ['POST', '/v1/imports', {}, [{ path: 'path', expected: 'a string', received: 'nothing' }]],
  ['POST', '/v1/imports', { path: 'photos' }, [{ path: 'path', expected: 'an absolute path', received: '"photos"' }]],
  [
    'POST',
    '/v1/imports',
    { path: `/${'é'.repeat(1000)}` },
    [{ path: 'path', expected: 'at most 2000 bytes', received: `"/${'é'.repeat(78)}…` }],
  ],
  [
    'POST',
    '/v1/imports',
    { path: '/x', reference: 'yes' },
    [{ path: 'reference', expected: 'a boolean', received: '"yes"' }],
  ],
  ['GET', '/v1/imports?limit=x', undefined, [{ path: 'limit', expected: 'a number', received: '"x"' }]],
  ['GET', '/v1/imports?path=', undefined, [{ path: 'path', expected: 'at least 1 characters', received: '""' }]],
  ['GET', '/v1/imports?path=%00', undefined, [{ path: 'path', expected: STORABLE, received: String.raw`"\u0000"` }]],
  ['GET', '/v1/imports/abc', undefined, [ID]],
  ['GET', '/v1/imports/abc/events', undefined, [ID]],
  [
    'GET',
    '/v1/imports/1/items?status=lost',
    undefined,
    [{ path: 'status', expected: 'one of pending, leased, done, failed, cancelled', received: '"lost"' }],
  ],
  ['POST', '/v1/imports/abc/cancel', undefined, [ID]],
  ['POST', '/v1/imports/abc/retry', undefined, [ID]],
  ['POST', '/v1/collections', { name: ' ' }, [{ path: 'name', expected: 'at least 1 characters', received: '" "' }]],
  ['POST', '/v1/collections', undefined, [nothing]],
  ...['a\u0000b', 'a\ud800b'].flatMap((text): typeof CASES => {
    const received = JSON.stringify(text);
    const problem = (path: string): FieldProblem => ({ path, expected: STORABLE, received });
    const name = { expected: 'a name without slashes and control characters', received };
    const isControl = text.includes('\0');
    const noKey = { path: 'metadata.a', expected: STORABLE.replace('text', 'keys'), received: 'an object' };
    const url = 'https://example.org/a.jpg';
    return [
      ['PATCH', '/v1/images/1', { metadata: { a: [1, { b: text }] } }, [problem('metadata.a.1.b')]],
      ['PATCH', '/v1/images/1', { metadata: { a: { [text]: 1 } } }, [noKey]],
      [
        'PATCH',
        '/v1/images/1',
        { collections: ['fine', text] },
        [isControl ? { path: 'collections.1', ...name } : problem('collections.1')],
      ],
      ['POST', '/v1/images', { items: [{ url, metadata: { a: text } }] }, [problem('items.0.metadata.a')]],
      ['POST', '/v1/images', { items: [{ url, externalId: text }] }, [problem('items.0.externalId')]],
      [
        'POST',
        '/v1/images',
        { items: [{ url: url + text }] },
        [{ ...problem('items.0.url'), received: JSON.stringify(url + text) }],
      ],
      ['POST', '/v1/imports', { path: text }, [problem('path')]],
      [
        'POST',
        '/v1/metadata-fields',
        { key: text, type: 'keyword' },
        [
          isControl
            ? { path: 'key', expected: 'a key without quotes and control characters', received }
            : problem('key'),
        ],
      ],
      [
        'POST',
        '/v1/classifiers/c/labels',
        { labels: [{ image: '1', category: 'a' }], origin: text },
        [problem('origin')],
      ],
      [
        'POST',
        '/v1/classifiers/c/labels/search',
        { like: '1', category: 'a', collection: text },
        [isControl ? { path: 'collection', ...name } : problem('collection')],
      ],
      ['POST', '/v1/classifiers/c/trainings', { taps: [[text]] }, [problem('taps.0.0')]],
      ['POST', '/v1/classifiers/c/versions/import', { head: { a: text } }, [problem('head.a')]],
    ];
  }),
  ...['', '/labels', '/trainings', '/versions', '/counts'].map((rest): (typeof CASES)[number] => [
    'GET',
    `/v1/classifiers/a%00b${rest}`,
    undefined,
    [{ path: 'classifier', expected: STORABLE, received: '"a\\u0000b"' }],
  ]),
  [
    'GET',
    '/v1/classifiers/c/counts?minScore=%20',
    undefined,
    [{ path: 'minScore', expected: 'a number', received: '" "' }],
  ],
  [
    'GET',
    '/v1/classifiers/c/categories/a/images?minScore=&maxScore=',
    undefined,
    ['minScore', 'maxScore'].map((path) => ({ path, expected: 'a number', received: '""' })),
  ],
  ['POST', '/v1/verify', { deep: 1 }, [{ path: 'deep', expected: 'a boolean', received: '1' }]],
];

test.each(CASES)('%s %s %j is refused with every field', async (method, url, payload, fields) => {
  const response = await api.call(method, url, payload === undefined ? {} : { payload });
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  const [first] = fields;
  expect(response.json()).toEqual({
    type: 'urn:likeness:error:invalid_request',
    title: 'The request is not valid',
    status: 400,
    code: 'invalid_request',
    detail: expect.any(String),
    remedy: 'Mend the fields listed in `fields` and send it again.',
    fields: expect.arrayContaining([first]),
    requestId: response.headers['x-request-id'],
  });
  expect(response.json<{ fields: unknown[] }>().fields).toEqual(fields);
});

test('a body that is no JSON, of another type, or too large', async () => {
  const headers = { 'content-type': 'application/json' };
  const broken = await api.call('POST', '/v1/collections', { headers, payload: '{' });
  expect(broken.json()).toMatchObject({ status: 400, code: 'invalid_request', fields: [{ path: 'body' }] });
  const text = await api.call('POST', '/v1/collections', { headers: { 'content-type': 'text/plain' }, payload: 'x' });
  expect(text.json()).toMatchObject({
    status: 415,
    code: 'unsupported_media_type',
    detail: 'The body came as text/plain; taken are application/json and, with files, multipart/form-data.',
  });
  const large = await api.call('POST', '/v1/search', { headers, payload: `{"x":"${'x'.repeat(9 * 1024 * 1024)}"}` });
  expect(large.json()).toMatchObject({ status: 413, code: 'payload_too_large' });
});

test.each([
  ['that cannot be decoded', '/v1/images/%zz', "'/v1/images/%zz' is not a valid url component"],
  ['with too long a part', `/v1/images/${'1'.repeat(201)}`, /is exceeding the max param length$/],
])('an address %s is refused', async (_what, url, received) => {
  const response = await api.call('GET', url, { headers: { 'x-request-id': 'of-an-address' } });
  const field = typeof received === 'string' ? received : expect.stringMatching(received);
  expect(response.json()).toEqual({
    type: 'urn:likeness:error:invalid_request',
    title: 'The request is not valid',
    status: 400,
    code: 'invalid_request',
    detail: expect.any(String),
    remedy: 'Mend the fields listed in `fields` and send it again.',
    fields: [{ path: '', expected: 'a well-formed address', received: field }],
    requestId: 'of-an-address',
  });
  expect(response.statusCode).toBe(400);
  expect(response.headers).toMatchObject({
    'content-type': expect.stringMatching(/^application\/problem\+json/),
    'cache-control': 'no-store',
    'x-request-id': 'of-an-address',
    'x-content-type-options': 'nosniff',
  });
});

test.each([
  ['GET', '/v1/nowhere', 404],
  ['PUT', '/v1/images', 404],
  ['GET', '/v1/images/%zz', 400],
  ['GET', `/v1/images/${'1'.repeat(201)}`, 400],
] as const)('%s %s is logged and counted, although it is of no route', async (method, url, status) => {
  const route = `{method="${method}",route="unmatched",status="${status}"}`;
  const counted = async () => {
    const { body } = await api.call('GET', '/metrics');
    const line = body.split('\n').find((one) => one.includes(`_duration_seconds_count${route}`));
    return Number(line?.split(' ').at(-1) ?? 0);
  };
  const before = await counted();
  const requestId = `of-no-route-${method}-${url.length}`;
  await api.app.inject({ method, url, headers: { 'x-request-id': requestId } });
  const logged = api.log.map((line) => JSON.parse(line) as { requestId?: string; context?: string });
  expect(logged.filter((line) => line.requestId === requestId && line.context === 'Http')).toContainEqual(
    expect.objectContaining({ msg: `${method} ${url} ${status}`, method, url, status }),
  );
  expect(await counted()).toBe(before + 1);
});

test.each(['2147483648', '3000000000', '9007199254740991'])('nothing has the number %s', async (big) => {
  await api.call('POST', '/v1/classifiers', { payload: { name: 'few' } });
  const few = '/v1/classifiers/few';
  const cases: [Method, string, string, object?][] = [
    ['GET', `/v1/imports/${big}`, 'import_not_found'],
    ['GET', `/v1/imports/${big}/items`, 'import_not_found'],
    ['GET', `/v1/imports/${big}/events`, 'import_not_found'],
    ['POST', `/v1/imports/${big}/cancel`, 'import_not_found'],
    ['POST', `/v1/imports/${big}/retry`, 'import_not_found'],
    ['GET', `/v1/classifiers/${big}`, 'classifier_not_found'],
    ['GET', `/v1/classifiers/${'9'.repeat(48)}${big}`, 'classifier_not_found'],
    ['PATCH', `/v1/classifiers/${big}`, 'classifier_not_found', { name: 'other' }],
    ['DELETE', `/v1/classifiers/${big}`, 'classifier_not_found'],
    ['GET', `${few}/versions/${big}`, 'version_not_found'],
    ['GET', `${few}/versions/${big}/export`, 'version_not_found'],
    ['GET', `${few}/versions/${big}/onnx`, 'version_not_found'],
    ['GET', `${few}/versions/${big}/doubted-labels`, 'version_not_found'],
    ['GET', `${few}/versions/${big}/charts/confusion.svg`, 'version_not_found'],
    ['GET', `${few}/versions/compare?a=${big}&b=1`, 'version_not_found'],
    ['POST', `${few}/versions/${big}/use`, 'version_not_found'],
    ['DELETE', `${few}/versions/${big}`, 'version_not_found'],
    ['POST', `${few}/predict`, 'version_not_found', { id: '1', version: Number(big) }],
    ['GET', `${few}/trainings/${big}`, 'training_not_found'],
    ['GET', `${few}/trainings/${big}/events`, 'training_not_found'],
    ['POST', `${few}/trainings/${big}/cancel`, 'training_not_found'],
    ['GET', `/v1/images/${big}`, 'image_not_found'],
  ];
  for (const [method, url, code, payload] of cases) {
    const answer = await api.json(method, url, payload);
    expect([url, answer.status, answer.body.code]).toEqual([url, 404, code]);
  }
});

test('a score is compared with any number', async () => {
  await api.call('POST', '/v1/classifiers', { payload: { name: 'eras', categories: ['classic'] } });
  for (const number of ['1e300', '-1e300', '1e-300']) {
    const filter = encodeURIComponent(`category.eras.classic >= ${number}`);
    expect(await api.json('GET', `/v1/images?filter=${filter}`)).toMatchObject({ status: 200, body: { images: [] } });
  }
});

test.each([
  '/v1/nothing',
  '/nothing',
  '/v1/images/1/nothing',
  '/../../etc/passwd',
  '/assets/%2e%2e/%2e%2e/package.json',
])('GET %s is not there', async (url) => {
  const response = await api.call('GET', url);
  expect(response.json()).toMatchObject({ status: 404, code: 'not_found' });
});
