import { Readable } from 'node:stream';
import { readArchive } from '#libs/archive';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formOf, scene, TestApi } from './test-api.js';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
  await api.form('/v1/images?wait=searchable', formOf([['a.jpg', await scene(1)]]));
});
afterAll(() => api.stop());

describe('GET /v1/backup', () => {
  it('answers an archive of the catalogue and the originals', async () => {
    const response = await api.call('GET', '/v1/backup?compression=none');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-disposition']).toMatch(/^attachment; filename="likeness-[0-9-]+\.tar"$/);
    const names: string[] = [];
    await readArchive(Readable.from([response.rawPayload]), (entry) => {
      names.push(entry.name);
      return Promise.resolve();
    });
    expect(names[0]).toBe('manifest.json');
    expect(names).toContain('tables/image/000001.copy');
    expect(names.filter((name) => name.startsWith('originals/'))).toHaveLength(1);
  });

  it('refuses a compression it does not know', async () => {
    const { status, body } = await api.json('GET', '/v1/backup?compression=rar');
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', fields: [{ path: 'compression' }] });
  });
});
