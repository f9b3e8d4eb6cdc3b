import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Imports } from '#libs/catalogue';
import { BUNDLED_ENCODER, loadSettings } from '#libs/config';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { assertPortFree, startApi } from '../src/index.js';
import { formOf, scene, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
  await api.form(
    '/v1/images?wait=searchable',
    formOf(
      [
        ['a.jpg', await scene(1)],
        ['b.jpg', await scene(2)],
      ],
      { collection: 'kept' },
    ),
  );
});
afterAll(() => api.stop());

describe('collections', () => {
  test('are made, listed with their images, and removed without them', async () => {
    expect(await api.json('POST', '/v1/collections', { name: ' empty ' })).toMatchObject({
      status: 201,
      body: { name: 'empty' },
    });
    expect((await api.json('POST', '/v1/collections', { name: 'empty' })).status).toBe(201);
    const { body } = await api.json<{ collections: object[] }>('GET', '/v1/collections');
    expect(body.collections).toMatchObject([
      { name: 'empty', images: 0 },
      { name: 'kept', images: 2 },
    ]);
    expect((await api.call('DELETE', '/v1/collections/kept')).statusCode).toBe(204);
    expect(await api.json('DELETE', '/v1/collections/kept')).toMatchObject({
      status: 404,
      body: { code: 'collection_not_found' },
    });
    expect(await api.json('GET', '/v1/stats')).toMatchObject({ body: { images: 2 } });
  });
});

describe('operations', () => {
  test('stats count what is there', async () => {
    expect(await api.json('GET', '/v1/stats')).toMatchObject({
      status: 200,
      body: { images: 2, embeddings: 2, indexed: 2, failed: 0, encoder: { name: BUNDLED_ENCODER, tap: 'penultimate' } },
    });
  });

  test.each([undefined, {}, { deep: true }, { repair: true }])(
    'verify %j finds catalogue and index equal',
    async (payload) => {
      const { status, body } = await api.json<{ ok: boolean }>('POST', '/v1/verify', payload);
      expect({ status, ok: body.ok, body }).toMatchObject({ status: 200, ok: true });
    },
  );

  test('alive and ready', async () => {
    expect(await api.json('GET', '/health/live')).toEqual({ status: 200, body: { status: 'up' } });
    expect(await api.json('GET', '/health/ready')).toMatchObject({
      status: 200,
      body: { ready: true, parts: { database: 'up', encoder: 'up', index: 'up' } },
    });
  });

  test('metrics tell durations by route, stages, counts, sizes and the event-loop delay', async () => {
    await api.json('GET', '/v1/images/1/similar');
    const failedCount = vi.spyOn(api.app.get(Imports), 'failedCount');
    const { body } = await api.call('GET', '/metrics');
    // It looks at every file that any import failed for, and no gauge tells it.
    expect(failedCount).not.toHaveBeenCalled();
    failedCount.mockRestore();
    expect(body).toMatch(
      /^likeness_http_request_duration_seconds_count\{method="GET",route="\/v1\/images\/:id\/similar",status="200"\} 1$/m,
    );
    for (const stage of ['decode', 'encode', 'store', 'search', 'join'])
      expect(body).toMatch(new RegExp(`^likeness_stage_duration_seconds_count\\{stage="${stage}"\\} [1-9]`, 'm'));
    expect(body).toMatch(/^likeness_ingested_total\{outcome="added"\} 2$/m);
    expect(body).toMatch(/^likeness_searches_total\{plan="exact"\} [1-9]/m);
    expect(body).toMatch(/^likeness_images 2$/m);
    expect(body).toMatch(/^likeness_index_vectors 2$/m);
    expect(body).toMatch(/^likeness_import_items_left 0$/m);
    expect(body).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  test('docs are a page that loads nothing from elsewhere', async () => {
    const response = await api.call('GET', '/docs');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-security-policy']).toContain("script-src 'self'");
    expect(response.body).not.toMatch(/(src|href)="https?:/);
  });
});

describe('a port in use', () => {
  test('is told in one line, before anything is started', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const settings = loadSettings({
      LIKENESS_PORT: String(port),
      LIKENESS_DATA_DIR: '/proc/cannot-be-made',
      LIKENESS_LOG_LEVEL: 'silent',
    });
    await expect(startApi(settings)).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringMatching(/^Port \d+ is in use\.$/),
    });
    await new Promise((resolve) => other.close(resolve));
    await assertPortFree('127.0.0.1', port);
  });
});

describe('a database that is not there', () => {
  test.each(['no-such-host.invalid', '127.0.0.1:1', 'localhost:1'])(
    'at %s is told as such, and not as an address that cannot be listened on',
    async (host) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'likeness-api-'));
      const settings = loadSettings({
        DATABASE_URL: `postgres://u@${host}/x`,
        LIKENESS_PORT: '0',
        LIKENESS_DATA_DIR: folder,
        LIKENESS_ENCODER_THREADS: '1',
        LIKENESS_LOG_LEVEL: 'silent',
      });
      await expect(startApi(settings)).rejects.toMatchObject({
        code: 'database_unavailable',
        // EAI_AGAIN is the answer where there is no name server either.
        message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED/) as string,
      });
      await rm(folder, { recursive: true, force: true });
    },
  );
});
