import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import http, { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UploadAnswer } from '../src/images/image.dto.js';
import type { SimilarDto } from '../src/search/search.dto.js';
import { scene, TestApi } from './test-api.js';

let api: TestApi;
let site: Server;
let origin: string;
let stumbles = 1;

beforeAll(async () => {
  const [one, two] = [await scene(1, 0), await scene(2, 1)];
  site = http.createServer((request, response) => {
    if (request.url === '/one.jpg') response.end(one);
    else if (request.url?.startsWith('/two.jpg') === true) response.end(two);
    else if (request.url === '/stumbles.jpg') response.writeHead(stumbles-- > 0 ? 503 : 200).end(two);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.2', resolve));
  origin = `http://127.0.0.2:${(site.address() as AddressInfo).port}`;
  api = await TestApi.start({ LIKENESS_FETCH_ALLOW: '127.0.0.2' });
});
afterAll(async () => {
  await api.stop();
  await new Promise((resolve) => site.close(resolve));
});

/** Waits for the end of an import. */
async function ended(id: string): Promise<{ status: string }> {
  let view = { status: '' };
  for (let tries = 0; tries < 200 && !['done', 'failed'].includes(view.status); tries++) {
    await sleep(100);
    view = (await api.json<typeof view>('GET', `/v1/imports/${id}`)).body;
  }
  return view;
}

test('images by URL are stored one by one; a bad one fails alone, with its reason', async () => {
  const items = [
    { url: `${origin}/one.jpg`, metadata: { photographer: 'Ada' } },
    { url: `${origin}/none.jpg` },
    { url: 'http://127.0.0.1/secret.jpg' },
    { url: 'file:///etc/passwd' },
    { url: `${origin}/two.jpg`, externalId: 'two' },
  ];
  const { status, body } = await api.json<UploadAnswer>('POST', '/v1/images?wait=searchable', {
    items,
    collection: 'web',
  });
  expect(status).toBe(207);
  expect(body.items.map((item) => [item.name, item.status, 'error' in item ? item.error?.code : undefined])).toEqual([
    [`${origin}/one.jpg`, 'added', undefined],
    [`${origin}/none.jpg`, 'failed', 'url_fetch_failed'],
    ['http://127.0.0.1/secret.jpg', 'failed', 'url_refused'],
    ['file:///etc/passwd', 'failed', 'url_invalid'],
    [`${origin}/two.jpg`, 'added', undefined],
  ]);
  expect(body.items[0]?.image).toMatchObject({
    externalId: `${origin}/one.jpg`,
    metadata: { photographer: 'Ada' },
    collections: ['web'],
  });
  expect(body.items[4]?.image?.externalId).toBe('two');
  const again = await api.json<UploadAnswer>('POST', '/v1/images', { items: [{ url: `${origin}/one.jpg` }] });
  expect(again).toMatchObject({ status: 201, body: { items: [{ status: 'existing' }] } });
});

test('a search by URL finds what was stored, liked, disliked and with a region; a refused one is the error', async () => {
  const search = (payload: object) => api.json<SimilarDto>('POST', '/v1/search', payload);
  const url = `${origin}/one.jpg`;
  const short = await search({ url });
  expect(short.status).toBe(200);
  expect(short.body.results.map(({ externalId }) => externalId)).toEqual([url, 'two']);
  expect(short.body.results[0]?.score).toBeCloseTo(1, 3);
  const region = { left: 0, top: 0, width: 1, height: 1, unit: 'fractions' };
  const mixed = await search({ positives: [{ url: `${origin}/two.jpg`, region }], negatives: [{ url }] });
  expect(mixed.body.results.map(({ externalId }) => externalId)).toEqual(['two', url]);
  const stored = await api.json<{ images: object[] }>('GET', '/v1/images');
  expect(stored.body.images).toHaveLength(2);
  expect(await search({ url: 'http://127.0.0.1/secret.jpg' })).toMatchObject({
    status: 403,
    body: { code: 'url_refused' },
  });
  expect(await search({ url: `${origin}/none.jpg` })).toMatchObject({ body: { code: 'url_fetch_failed' } });
});

test('one bad URL alone is the error of the call', async () => {
  const call = (url: string) => api.json('POST', '/v1/images', { items: [{ url }] });
  expect(await call('http://[::1]/a.jpg')).toMatchObject({ status: 403, body: { code: 'url_refused' } });
  expect(await call('nonsense')).toMatchObject({ status: 422, body: { code: 'url_invalid' } });
  expect(await api.json('POST', '/v1/images', { items: [] })).toMatchObject({
    status: 400,
    body: { fields: [{ path: 'items', expected: 'at least 1 entries' }] },
  });
  expect(await api.json('POST', '/v1/images', { items: [{ url: 'x', weight: 1 }] })).toMatchObject({
    status: 400,
    body: { fields: [{ path: 'items.0.weight', expected: 'no such field' }] },
  });
});

test('a manifest may name URLs; a server that stumbles is asked again', async () => {
  const manifest = path.join(api.folder, 'web.csv');
  const rows = [`${origin}/stumbles.jpg,s`, 'http://169.254.169.254/latest/,m', `${origin}/one.jpg,`];
  await writeFile(manifest, ['url,externalId', ...rows].join('\n'));
  const { body: started } = await api.json<{ id: string }>('POST', '/v1/imports', { path: manifest });
  expect(await ended(started.id)).toMatchObject({ status: 'done', done: 2, failed: 1 });
  expect(stumbles).toBeLessThan(0);
  const { body } = await api.json<{ items: { path: string; error: { code: string } }[] }>(
    'GET',
    `/v1/imports/${started.id}/items?status=failed`,
  );
  expect(body.items).toMatchObject([{ path: 'http://169.254.169.254/latest/', error: { code: 'url_refused' } }]);
});

/** An address of so many bytes that no compression makes shorter. */
const longAddress = (bytes: number): string => {
  const address = `${origin}/two.jpg?signature=`;
  return (
    address +
    randomBytes(bytes)
      .toString('base64url')
      .slice(0, bytes - address.length)
  );
};

test('an address too long to be an external id is refused as a field, and is none where an external id is given', async () => {
  const post = (...items: object[]) => api.json<UploadAnswer>('POST', '/v1/images', { items });
  expect(await post({ url: `${origin}/one.jpg` }, { url: longAddress(3000) })).toMatchObject({
    status: 400,
    body: {
      code: 'invalid_request',
      fields: [{ path: 'items.1.url', expected: 'at most 2000 bytes, or an externalId beside it' }],
    },
  });
  expect(await post({ url: longAddress(3000), externalId: 'signed' }, { url: longAddress(2000) })).toMatchObject({
    status: 201,
    body: { items: [{ status: 'existing', image: { externalId: 'two' } }, { status: 'existing' }] },
  });
});

test('a manifest with an address that is too long is imported but for that row', async () => {
  const manifest = path.join(api.folder, 'long.csv');
  await writeFile(manifest, ['url', `${origin}/one.jpg`, longAddress(3000), longAddress(2000)].join('\n'));
  const { body: started } = await api.json<{ id: string }>('POST', '/v1/imports', { path: manifest });
  expect(await ended(started.id)).toMatchObject({ status: 'done', done: 2, failed: 1 });
  const { body } = await api.json('GET', `/v1/imports/${started.id}/items?status=failed`);
  expect(body).toMatchObject({ items: [{ path: `${manifest}:3`, error: { code: 'manifest_invalid' } }] });
});

test('switched off, nothing is fetched', async () => {
  const closed = await TestApi.start({ LIKENESS_FETCH: 'false' });
  try {
    const refused = { status: 403, body: { code: 'url_fetch_disabled' } };
    expect(await closed.json('POST', '/v1/images', { items: [{ url: `${origin}/one.jpg` }] })).toMatchObject(refused);
    expect(await closed.json('POST', '/v1/search', { url: `${origin}/one.jpg` })).toMatchObject(refused);
  } finally {
    await closed.stop();
  }
});
