import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { textFileNamedJpg } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImportDto, ImportItemsDto } from '../src/imports/import.dto.js';
import { scene, TestApi } from './test-api.js';

let api: TestApi;
let photos: string;

beforeAll(async () => {
  api = await TestApi.start();
  photos = path.join(api.folder, 'photos');
  await mkdir(photos);
  for (const seed of [1, 2, 3]) await writeFile(path.join(photos, `${seed}.jpg`), await scene(seed));
  await writeFile(path.join(photos, 'text.jpg'), textFileNamedJpg());
});
afterAll(() => api.stop());

/** The stream as events; ends with it. */
async function events(id: string): Promise<{ event: string; data: ImportDto }[]> {
  const { body } = await api.call('GET', `/v1/imports/${id}/events`);
  return body
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => ({
      event: /^event: (.*)$/m.exec(block)?.[1] ?? '',
      data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? 'null') as ImportDto,
    }));
}

describe('an import', () => {
  test('runs to its end, tells its progress as events, and every failure with its reason', async () => {
    const started = await api.json<ImportDto>('POST', '/v1/imports', { path: photos, collection: 'folder' });
    expect(started).toMatchObject({ status: 202, body: { path: photos, collection: 'folder' } });
    const { id } = started.body;
    const told = await events(id);
    expect(told.at(-1)?.event).toBe('end');
    expect(told.at(-2)?.data).toMatchObject({
      id,
      status: 'done',
      total: 4,
      done: 3,
      failed: 1,
      left: 0,
      outcomes: { added: 3 },
    });
    expect(await api.json('GET', `/v1/imports/${id}`)).toMatchObject({ body: { status: 'done', failed: 1 } });
    const failed = await api.json<ImportItemsDto>('GET', `/v1/imports/${id}/items?status=failed`);
    expect(failed.body.items).toMatchObject([
      { path: path.join(photos, 'text.jpg'), error: { code: 'image_format_unsupported' } },
    ]);
    const page = await api.json<ImportItemsDto>('GET', `/v1/imports/${id}/items?limit=2`);
    const rest = await api.json<ImportItemsDto>(
      'GET',
      `/v1/imports/${id}/items?limit=10&cursor=${page.body.nextCursor}`,
    );
    expect([...page.body.items, ...rest.body.items]).toHaveLength(4);
    const { body } = await api.json<{ imports: ImportDto[] }>('GET', '/v1/imports?limit=1');
    expect(body.imports.map((one) => one.id)).toEqual([id]);
    const ofPath = async (of: string) =>
      (await api.json<typeof body>('GET', `/v1/imports?path=${encodeURIComponent(of)}`)).body.imports;
    expect((await ofPath(photos)).map((one) => one.id)).toEqual([id]);
    expect(await ofPath(path.dirname(photos))).toEqual([]);
  });

  test('of the same folder again knows its files, and failed ones can be tried again', async () => {
    const { body } = await api.json<ImportDto>('POST', '/v1/imports', { path: photos });
    expect((await events(body.id)).at(-2)?.data).toMatchObject({
      status: 'done',
      outcomes: { added: 0, unchanged: 3 },
    });
    await writeFile(path.join(photos, 'text.jpg'), await scene(9, 1));
    expect((await api.json('POST', `/v1/imports/${body.id}/retry`)).status).toBe(200);
    expect((await events(body.id)).at(-2)?.data).toMatchObject({ status: 'done', failed: 0, outcomes: { added: 1 } });
  });

  test.each([
    ['a relative path', 'photos', 400, 'invalid_request'],
    ['a folder that is not there', '/nowhere/at/all', 422, 'import_source_unreadable'],
  ])('of %s is refused', async (_what, folder, status, code) => {
    expect(await api.json('POST', '/v1/imports', { path: folder })).toMatchObject({ status, body: { code } });
  });

  test.each(['', '/items', '/events'])('GET of one that is not there%s', async (rest) => {
    expect(await api.json('GET', `/v1/imports/987${rest}`)).toMatchObject({
      status: 404,
      body: { code: 'import_not_found' },
    });
  });

  test.each(['cancel', 'retry'])('%s of one that is not there', async (action) => {
    expect(await api.json('POST', `/v1/imports/987/${action}`)).toMatchObject({
      status: 404,
      body: { code: 'import_not_found' },
    });
  });
});
