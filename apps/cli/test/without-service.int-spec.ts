import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BUNDLED_ENCODER } from '#libs/config';
import { drawScene, galleryCategories, writeVariantModel } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf, environment, likeness, Likeness, type Ended } from './run-likeness.js';

/** Each command starts and stops a database of its own. */
const COMMAND_MS = 180_000;
const IMAGES = 3;

let folder: string;
let data: string;

const place = (env: NodeJS.ProcessEnv = {}) => ({
  cwd: folder,
  env: { ...environment, LIKENESS_ENCODER_THREADS: '1', ...env },
});
const run = (...args: string[]): Promise<Ended> => likeness([...args, '--json', '--data', data], place());

/** Notes a change of encoder through a service that embeds nothing, and stops it. */
async function leaveUnderWay(encoder: string, tap: string): Promise<void> {
  const service = new Likeness(['start', '--port', '0', '--data', data], place({ LIKENESS_JOBS: 'false' }));
  const [, url = ''] = await service.says(/Likeness is ready: (http:\/\/\S+) /);
  const body = JSON.stringify({ encoder, tap });
  const headers = { 'content-type': 'application/json' };
  const begun = await fetch(`${url}/v1/reindex`, { method: 'POST', headers, body });
  expect(await begun.json()).toMatchObject({ status: 'running' });
  service.signal('SIGTERM');
  expect(await service.end()).toMatchObject({ code: 0 });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-cli-alone-'));
  data = path.join(folder, 'data');
  await mkdir(path.join(folder, 'photos'));
  for (const [at, category] of galleryCategories.slice(0, IMAGES).entries()) {
    const photo = await drawScene(category, at, { width: 96, height: 96 });
    await writeFile(path.join(folder, 'photos', `${at}.jpg`), photo);
  }
  await writeVariantModel(data, 'variant');
  expect(await run('import', path.join(folder, 'photos'), '--collection', 'scenes')).toMatchObject({ code: 0 });
}, COMMAND_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('where no service runs', { timeout: COMMAND_MS }, () => {
  it('images are listed, shown and deleted, and collections listed', { timeout: 3 * COMMAND_MS }, async () => {
    expect(documentOf(await run('collections'))).toMatchObject({ collections: [{ name: 'scenes', images: IMAGES }] });
    expect(documentOf(await run('images', '--filter', 'id in (2, 3)'))).toMatchObject({
      images: [{ id: 3 }, { id: 2 }],
      nextCursor: null,
    });
    const shown = { id: 2, collections: ['scenes'], referenced: false, searchable: true };
    expect(documentOf(await run('images', 'show', '2'))).toMatchObject(shown);
    expect(documentOf(await run('images', 'delete', '2', '99', '--yes'))).toEqual({ deleted: [2], missing: [99] });
    expect(documentOf(await run('images', 'show', '2'))).toMatchObject({ error: { code: 'image_not_found' } });
  });

  it('reindex brings the change about itself', async () => {
    const ended = await run('reindex', '--tap', 'logits');
    expect(ended).toMatchObject({ code: 0 });
    expect(documentOf(ended)).toMatchObject({ status: 'done', active: { tap: 'logits' } });
  });

  it('reindex goes on with a change that is under way', async () => {
    await leaveUnderWay(BUNDLED_ENCODER, 'penultimate');
    const ended = await run('reindex');
    expect(ended).toMatchObject({ code: 0 });
    expect(documentOf(ended)).toMatchObject({ status: 'done', active: { tap: 'penultimate' } });
  });

  it('models use brings it about as well', async () => {
    const ended = await run('models', 'use', 'variant');
    expect(ended).toMatchObject({ code: 0 });
    expect(documentOf(ended)).toMatchObject({ status: 'done', active: { encoder: 'variant', tap: 'penultimate' } });
  });

  it('--rollback and --cancel take their step and end', async () => {
    const back = await run('reindex', '--rollback');
    expect(documentOf(back)).toMatchObject({ status: 'rolled-back', active: { encoder: BUNDLED_ENCODER } });
    await leaveUnderWay('variant', 'stage4');
    expect(documentOf(await run('reindex', '--cancel'))).toMatchObject({ status: 'cancelled' });
  });

  it('what waits for a job is refused where this process may take none', async () => {
    for (const args of [['train', 'scenes'], ['use', 'scenes', '1'], ['retrain']]) {
      const ended = await likeness(
        ['classifier', ...args, '--json', '--data', path.join(folder, 'none')],
        place({ LIKENESS_JOBS: 'false' }),
      );
      expect(ended.code).toBe(1);
      expect(documentOf(ended)).toMatchObject({
        error: { code: 'settings_invalid', detail: expect.stringContaining('LIKENESS_JOBS') as string },
      });
    }
  });
});
