import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, drawScene, galleryCategories, writeVariantModel, type TestDatabase } from '#libs/testing';
import { ServiceProcess } from '../fault/service-process.js';

/** Far more than it takes, for a machine that is busy with other things. */
const SOON = { timeout: 30_000, interval: 50 };

let database: TestDatabase;
let folder: string;
let client: pg.Client;
const processes: ServiceProcess[] = [];
let [a, b] = ['', ''];

const launch = (name: string, settings: NodeJS.ProcessEnv = {}): ServiceProcess => {
  const process = new ServiceProcess(path.join(folder, name), {
    DATABASE_URL: database.url,
    LIKENESS_FILES_DIR: path.join(folder, 'files'),
    LIKENESS_ENCODER_THREADS: '1',
    LIKENESS_DATABASE_POOL: '5',
    LIKENESS_IMPORT_CHUNK: '2',
    LIKENESS_LOG_LEVEL: 'error',
    LIKENESS_API_KEY: '',
    ...settings,
  });
  processes.push(process);
  return process;
};

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-several-'));
  for (const name of ['a', 'b', 'c']) await writeVariantModel(path.join(folder, name), 'variant');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  a = await launch('a').ready;
  b = await launch('b', { LIKENESS_JOBS: 'false' }).ready;
}, 240_000);
afterAll(async () => {
  await client.end();
  await Promise.all(processes.map((process) => process.kill('service')));
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const picture = (seed: number): Promise<Buffer> => {
  const category = galleryCategories[seed % galleryCategories.length];
  if (!category) throw new Error('there are no scenes');
  return drawScene(category, seed, { width: 64, height: 64 });
};

async function ask<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  const body = (await response.json().catch(() => null)) as T;
  if (!response.ok) throw new Error(`${url}: ${response.status} ${JSON.stringify(body)}`);
  return body;
}

const json = (body: object, method = 'POST'): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function upload(url: string, seed: number): Promise<string> {
  const form = new FormData();
  form.append('files', new Blob([new Uint8Array(await picture(seed))]), `${seed}.jpg`);
  const { items } = await ask<{ items: { image: { id: string } }[] }>(`${url}/v1/images`, {
    method: 'POST',
    body: form,
  });
  return items[0]?.image.id ?? '';
}

interface Answer {
  readonly results: { readonly id: string; readonly metadata: object; readonly collections: string[] }[];
  readonly encoder: { readonly name: string };
}

async function search(url: string, seed: number, fields: Record<string, string> = {}): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ k: '200', ...fields })) form.set(name, value);
  form.append('file', new Blob([new Uint8Array(await picture(seed))]), 'query.jpg');
  return ask(`${url}/v1/search`, { method: 'POST', body: form });
}

const found = async (url: string, seed: number) => (await search(url, seed)).results.map((hit) => hit.id);

describe('two processes on one database', { timeout: 180_000 }, () => {
  it('find, change and delete what the other one has stored', async () => {
    const [atA, atB] = [await upload(a, 1), await upload(b, 2)];
    await expect.poll(() => found(b, 1), SOON).toContain(atA);
    await expect.poll(() => found(a, 2), SOON).toContain(atB);
    await ask(`${a}/v1/images/${atB}`, json({ metadata: { shot: 'by b' }, collections: ['shared'] }, 'PATCH'));
    const hit = { metadata: { shot: 'by b' }, collections: ['shared'] };
    await expect.poll(async () => (await search(b, 2)).results.find(({ id }) => id === atB), SOON).toMatchObject(hit);
    expect((await search(b, 2, { collection: 'shared' })).results.map(({ id }) => id)).toEqual([atB]);
    await ask(`${b}/v1/images/delete`, json({ ids: [atA] }));
    await expect.poll(() => found(a, 1), SOON).not.toContain(atA);
  });

  it('find by polling what no notification told of', async () => {
    const id = await upload(a, 3);
    await expect.poll(() => found(b, 3), SOON).toContain(id);
    // Taken out of the log's notifications: rows as a writer leaves them, and nobody is woken.
    const { rows } = await client.query<{ id: string }>(
      `WITH copy AS (
         INSERT INTO image (sha256, format, width, height, bytes)
         SELECT sha256('unheard of'), format, width, height, bytes FROM image WHERE id = $1 RETURNING id),
       vector AS (
         INSERT INTO embedding (encoder_id, tap, image_id, vector)
         SELECT e.encoder_id, e.tap, copy.id, e.vector FROM embedding e, copy WHERE e.image_id = $1
         RETURNING encoder_id, tap, image_id)
       INSERT INTO change (encoder_id, tap, image_id) SELECT * FROM vector RETURNING image_id AS id`,
      [id],
    );
    await expect.poll(() => found(b, 3), SOON).toContain(String(rows[0]?.id));
    await expect.poll(() => found(a, 3), SOON).toContain(String(rows[0]?.id));
  });

  it('change the encoder together', async () => {
    await ask(`${b}/v1/reindex`, json({ encoder: 'variant', acceptMissing: true }));
    await expect.poll(async () => (await search(b, 3)).encoder.name, SOON).toBe('variant');
    await expect.poll(async () => (await search(a, 3)).encoder.name, SOON).toBe('variant');
    const id = await upload(b, 4);
    await expect.poll(() => found(a, 4), SOON).toContain(id);
  });

  it('take up the import of one that was killed, and go on', async () => {
    const photos = path.join(folder, 'photos');
    await mkdir(photos);
    for (let seed = 100; seed < 160; seed++) await writeFile(path.join(photos, `${seed}.jpg`), await picture(seed));
    const c = launch('c', { LIKENESS_JOBS: 'true' });
    await c.ready;
    const [first] = processes;
    const { id } = await ask<{ id: string }>(`${a}/v1/imports`, json({ path: photos }));
    const progress = () => ask<{ status: string; done: number }>(`${b}/v1/imports/${id}`);
    while ((await progress()).done < 4) await sleep(20);
    await first?.kill('service');
    await expect.poll(async () => (await progress()).status, { timeout: 90_000, interval: 200 }).toBe('done');
    expect((await progress()).done).toBe(60);
    await expect.poll(async () => (await search(b, 130)).results.length, SOON).toBeGreaterThan(60);
  });
});
