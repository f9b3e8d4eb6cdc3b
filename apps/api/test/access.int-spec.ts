import { mkdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../src/http/problem.js';
import { formOf, scene, TestApi } from './test-api.js';

const KEY = 'a-key-for-the-tests';
const root = path.join(tmpdir(), `likeness-roots-${process.pid}`);
let api: TestApi;

beforeAll(async () => {
  await mkdir(path.join(root, 'inside'), { recursive: true });
  api = await TestApi.start({ LIKENESS_API_KEY: KEY, LIKENESS_IMPORT_ROOTS: root });
  await symlink(api.folder, path.join(root, 'link'));
});
afterAll(async () => {
  await api.stop();
  await rm(root, { recursive: true, force: true });
});

const authorization = `Bearer ${KEY}`;

describe('with an API key set', () => {
  test.each(['/v1/stats', '/%761/stats', '/v1/images/1/thumbnail', '/v1/imports/1/events'])(
    'GET %s without it is refused',
    async (url) => {
      const response = await api.app.inject({ url });
      expect(response.statusCode).toBe(401);
      expect(response.headers['www-authenticate']).toBe('Bearer');
      expect(response.json<Problem>()).toEqual({
        type: 'urn:likeness:error:unauthorized',
        title: 'An API key is needed',
        status: 401,
        code: 'unauthorized',
        detail: 'The request has no API key.',
        remedy: 'Send `Authorization: Bearer <key>` with the configured key; commands take it from LIKENESS_API_KEY.',
        fields: [],
        requestId: response.headers['x-request-id'],
      });
    },
  );

  test('with it everything goes; page, docs, health and metrics need none', async () => {
    expect((await api.call('GET', '/v1/stats', { headers: { authorization } })).statusCode).toBe(200);
    for (const url of ['/docs/openapi.json', '/health/live', '/metrics'])
      expect((await api.call('GET', url)).statusCode).toBe(200);
  });

  test('an upload without it is refused before its body is looked at', async () => {
    const { status } = await api.form('/v1/images', formOf([['a.jpg', await scene(1)]]));
    expect(status).toBe(401);
  });
});

test('a foreign Host, and a foreign Origin that wants to change something, are refused', async () => {
  const host = await api.call('GET', '/v1/stats', { headers: { host: 'evil.example', authorization } });
  expect(host.json<Problem>()).toMatchObject({ status: 403, code: 'forbidden_host' });
  const origin = await api.call('POST', '/v1/verify', { headers: { origin: 'http://evil.example', authorization } });
  expect(origin.json<Problem>()).toMatchObject({ status: 403, code: 'forbidden_origin' });
});

describe('with import roots set', () => {
  const start = async (folder: string) =>
    (await api.call('POST', '/v1/imports', { payload: { path: folder }, headers: { authorization } })).json<Problem>();

  test.each([
    ['what lies outside', () => '/etc'],
    ['what lies outside and is not there', () => '/nowhere'],
    ['a way out by dots', () => path.join(root, 'inside') + '/../../..'],
    ['a way out by a link', () => path.join(root, 'link')],
    ['a neighbour of like name', () => `${root}-other`],
  ])('%s is forbidden', async (_what, folder) => {
    expect(await start(folder())).toMatchObject({ status: 403, code: 'forbidden_path' });
  });

  test('what lies inside may be imported, and is told when it is not there', async () => {
    expect(await start(path.join(root, 'inside'))).toMatchObject({
      status: expect.stringMatching(/listing|running|done/),
    });
    expect(await start(path.join(root, 'missing'))).toMatchObject({ status: 422, code: 'import_source_unreadable' });
  });
});

describe('request ids', () => {
  test("a caller's is kept, in the answer and on every line of the log", async () => {
    const response = await api.call('GET', '/v1/images/987654', {
      headers: { authorization, 'x-request-id': 'from-the-caller.1' },
    });
    expect(response.headers['x-request-id']).toBe('from-the-caller.1');
    expect(response.json<Problem>().requestId).toBe('from-the-caller.1');
    expect(api.log.filter((line) => line.includes('from-the-caller.1')).length).toBeGreaterThanOrEqual(2);
  });

  test.each(['has spaces', 'x'.repeat(200), 'new\tline'])('one that does not fit a log is replaced: %j', async (id) => {
    const response = await api.call('GET', '/health/live', { headers: { 'x-request-id': id } });
    expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});
