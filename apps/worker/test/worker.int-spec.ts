import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NestFactory } from '@nestjs/core';
import { likenessModule } from '#apps/composition';
import { loadSettings } from '#libs/config';
import { ImportImages } from '#libs/search';
import { createTestDatabase, drawScene, type TestDatabase } from '#libs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorker } from '../src/start-worker.js';

const TEST_MS = 120_000;

let folder: string;
let database: TestDatabase;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-worker-'));
  database = await createTestDatabase();
  await mkdir(path.join(folder, 'photos'));
  await writeFile(path.join(folder, 'photos', 'forest.jpg'), await drawScene('forest', 1, { width: 96, height: 96 }));
  await writeFile(path.join(folder, 'photos', 'sea.jpg'), await drawScene('sunset-sea', 1, { width: 96, height: 96 }));
}, TEST_MS);

afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const settingsOf = (name: string, more: Record<string, string> = {}) =>
  loadSettings({
    LIKENESS_DATA_DIR: path.join(folder, name),
    DATABASE_URL: database.url,
    LIKENESS_PORT: '0',
    LIKENESS_LOG_LEVEL: 'silent',
    LIKENESS_INDEX_WORKERS: '1',
    ...more,
  });

it(
  'does the work of an import that another process was asked for, and says that it is well',
  async () => {
    const other = await NestFactory.createApplicationContext(
      likenessModule(settingsOf('http', { LIKENESS_JOBS: 'false' })),
      { logger: false, abortOnError: false },
    );
    const worker = await startWorker(settingsOf('worker'));
    try {
      const health = await fetch(worker.healthUrl);
      expect(health.status).toBe(200);
      expect(await health.json()).toMatchObject({ ready: true, parts: { database: 'up', encoder: 'up' } });
      const live = await fetch(new URL('/health/live', worker.healthUrl));
      expect(await live.json()).toEqual({ status: 'up' });
      expect((await fetch(new URL('/v1/stats', worker.healthUrl))).status).toBe(404);
      expect((await fetch(worker.healthUrl, { method: 'POST' })).status).toBe(405);

      const imports = other.get(ImportImages);
      const { id } = await imports.start({ path: path.join(folder, 'photos'), reference: true });
      for await (const progress of imports.watch(id)) expect(progress.failed).toBe(0);
      expect(await imports.get(id)).toMatchObject({ status: 'done', done: 2, outcomes: { added: 2 } });
    } finally {
      await worker.stop();
      await other.close();
    }
    await expect(fetch(worker.healthUrl)).rejects.toThrow();
  },
  TEST_MS,
);

it('refuses to run without a database that others can reach', async () => {
  const settings = loadSettings({ LIKENESS_DATA_DIR: path.join(folder, 'alone') });
  await expect(startWorker(settings)).rejects.toMatchObject({
    code: 'settings_invalid',
    message: expect.stringContaining('DATABASE_URL') as string,
  });
});
