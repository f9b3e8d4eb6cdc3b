import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadSettings, projectRoot } from '#libs/config';
import { createTestDatabase, drawScene, type TestDatabase } from '#libs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { likeness } from '../../cli/test/run-likeness.js';
import { startWorker } from '../src/start-worker.js';

const TEST_MS = 120_000;
const SIZE = { width: 96, height: 96 };

let folder: string;
let photos: string;
let database: TestDatabase;
let worker: ChildProcess | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-worker-'));
  photos = path.join(folder, 'photos');
  database = await createTestDatabase();
  await mkdir(photos);
  await writeFile(path.join(photos, 'forest.jpg'), await drawScene('forest', 1, SIZE));
  await writeFile(path.join(photos, 'sea.jpg'), await drawScene('sunset-sea', 1, SIZE));
}, TEST_MS);

afterAll(async () => {
  if (worker?.exitCode === null) worker.kill('SIGKILL');
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** None of the settings that the environment of the tests may have, but the test's database and a data folder. */
function environment(dataFolder: string, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('LIKENESS_'));
  return {
    ...Object.fromEntries(inherited),
    DATABASE_URL: database.url,
    LIKENESS_DATA_DIR: path.join(folder, dataFolder),
    ...more,
  };
}

/** Starts the worker as an operator does, and waits for the address of its health. */
async function startProcess(): Promise<string> {
  const script = path.join(projectRoot(), 'dist', 'apps', 'worker', 'src', 'main.js');
  const child = spawn(process.execPath, [script], {
    env: environment('worker', { LIKENESS_PORT: '0' }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  worker = child;
  let said = '';
  for await (const text of child.stderr.setEncoding('utf8')) {
    said += String(text);
    const url = /its health: (\S+)/.exec(said)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`The worker ended:\n${said}`);
}

it(
  'does the work of an import that another process was asked for, and says that it is well',
  async () => {
    const healthUrl = await startProcess();
    const health = await fetch(healthUrl);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ ready: true, parts: { database: 'up', encoder: 'up' } });
    expect(await (await fetch(new URL('/health/live', healthUrl))).json()).toEqual({ status: 'up' });
    expect((await fetch(new URL('/v1/stats', healthUrl))).status).toBe(404);
    expect((await fetch(healthUrl, { method: 'POST' })).status).toBe(405);

    const place = { cwd: folder, env: environment('asking') };
    const asked = await likeness(['import', photos, '--reference', '--detach', '--json'], place);
    expect(asked.code).toBe(0);
    const { id } = JSON.parse(asked.stdout) as { id: number };
    let shown: unknown;
    for (let status: string | undefined; status !== 'done'; await sleep(100)) {
      const { stdout } = await likeness(['imports', 'show', String(id), '--json'], place);
      shown = JSON.parse(stdout);
      status = (shown as { status: string }).status;
    }
    expect(shown).toMatchObject({ total: 2, done: 2, failed: 0, outcomes: { added: 2 } });

    worker?.kill('SIGTERM');
    const [code] = (await once(worker as ChildProcess, 'exit')) as [number | null];
    expect(code).toBe(0);
  },
  TEST_MS,
);

it('refuses to run without a database that others can reach', async () => {
  const settings = loadSettings({ LIKENESS_DATA_DIR: path.join(folder, 'alone') });
  const message = expect.stringContaining('DATABASE_URL') as string;
  await expect(startWorker(settings)).rejects.toMatchObject({ code: 'settings_invalid', message });
});
