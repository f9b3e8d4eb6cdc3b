import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drawScene, galleryCategories } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf, environment, likeness } from './run-likeness.js';

const COMMAND_MS = 180_000;
const IMAGES = 4;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-demo-test-'));
  await mkdir(path.join(folder, 'photos'));
  for (const [at, category] of galleryCategories.slice(0, IMAGES).entries()) {
    const photo = await drawScene(category, at, { width: 96, height: 96 });
    await writeFile(path.join(folder, 'photos', `${at}.jpg`), photo);
  }
}, COMMAND_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('likeness demo', { timeout: COMMAND_MS }, () => {
  it('leaves nothing behind but its sheet, whatever the settings share with other services', async () => {
    const shared = path.join(folder, 'shared');
    await mkdir(shared);
    const env = {
      ...environment,
      LIKENESS_ENCODER_THREADS: '1',
      LIKENESS_DATA_DIR: path.join(folder, 'data'),
      LIKENESS_FILES_DIR: shared,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    };
    const ended = await likeness(['demo', '--json', '--folder', 'photos', '--out', 'sheet'], { cwd: folder, env });
    expect(ended).toMatchObject({ code: 0 });
    expect(documentOf(ended)).toMatchObject({ import: { failed: 0 } });
    expect((await readdir(folder)).sort()).toEqual(['photos', 'shared', 'sheet']);
    expect(await readdir(shared)).toEqual([]);
  });
});
