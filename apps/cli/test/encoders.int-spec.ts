import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drawScene, galleryCategories, writeVariantModel } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, likeness, Likeness, type Ended } from './run-likeness.js';

const START_MS = 120_000;
const COMMAND_MS = 180_000;
const IMAGES = 4;

let folder: string;
let data: string;
let service: Likeness;

const env = {
  ...environment,
  LIKENESS_ENCODER_THREADS: '1',
};
const place = () => ({ cwd: folder, env });
const run = (...args: string[]): Promise<Ended> => likeness([...args, '--data', data], place());

/** Runs a command that must succeed. @returns its one document */
async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Runs one that must fail. @returns its error */
async function failure(...args: string[]): Promise<object> {
  const { code, stdout } = await run(...args, '--json');
  expect(code).not.toBe(0);
  return (JSON.parse(stdout) as { error: object }).error;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-cli-encoders-'));
  data = path.join(folder, 'data');
  await writeVariantModel(data, 'variant');
  const photos = path.join(folder, 'photos');
  await mkdir(photos);
  for (const [at, category] of galleryCategories.slice(0, IMAGES).entries()) {
    await writeFile(path.join(photos, `${at}.jpg`), await drawScene(category, at, { width: 96, height: 96 }));
  }
  service = new Likeness(['start', '--port', '0', '--data', data], place());
  await service.says(/Likeness is ready/);
  expect(await json('import', photos)).toMatchObject({ status: 'done', done: IMAGES, failed: 0 });
}, START_MS);

afterAll(async () => {
  service.signal('SIGINT');
  await service.end();
  await rm(folder, { recursive: true, force: true });
}, START_MS);

describe('likeness reindex', { timeout: COMMAND_MS }, () => {
  it('says what is in use, and refuses what cannot be', async () => {
    expect(await json('reindex')).toMatchObject({ status: 'idle', active: { encoder: 'likeness-v1' } });
    expect(await failure('reindex', '--encoder', 'nothing')).toMatchObject({ code: 'model_not_found' });
    expect(await failure('reindex', '--rollback')).toMatchObject({ code: 'reindex_state_conflict' });
    expect(await failure('reindex', '--rollback', '--cancel')).toMatchObject({ code: 'invalid_usage' });
  });

  it('changes to another encoder and waits for it, goes back, and removes what is left', async () => {
    expect(await json('reindex', '--encoder', 'variant')).toMatchObject({
      status: 'done',
      active: { encoder: 'variant' },
      previous: { encoder: 'likeness-v1' },
    });
    const text = await run('reindex');
    expect(text.stdout).toMatch(/^In use +variant\/penultimate\n/);
    expect(await json('reindex', '--rollback')).toMatchObject({
      status: 'rolled-back',
      active: { encoder: 'likeness-v1' },
    });
    expect(await json('reindex', '--remove-old')).toMatchObject({ previous: null });
  });

  it('is what `models use` does, tap included', async () => {
    expect(await failure('models', 'use', 'variant', '--tap', 'stage9')).toMatchObject({ code: 'tap_not_found' });
    expect(await json('models', 'use', 'variant', '--tap', 'stage4')).toMatchObject({
      status: 'done',
      active: { encoder: 'variant', tap: 'stage4' },
    });
    expect(await json('search', '1')).toMatchObject({ matched: IMAGES });
    expect(await failure('models', 'use', 'nothing')).toMatchObject({ code: 'model_not_found' });
  });
});
