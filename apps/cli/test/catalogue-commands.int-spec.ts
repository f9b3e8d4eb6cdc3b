import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drawScene, galleryCategories } from '#libs/testing';
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
  const photos = path.join(folder, 'photos');
  await mkdir(photos);
  const rows: string[] = [];
  for (const [at, category] of galleryCategories.slice(0, IMAGES).entries()) {
    await writeFile(path.join(photos, `${at}.jpg`), await drawScene(category, at, { width: 96, height: 96 }));
    rows.push(JSON.stringify({ path: `${at}.jpg`, metadata: { camera: at < 3 ? 'X100' : 7 } }));
  }
  const manifest = path.join(photos, 'manifest.jsonl');
  await writeFile(manifest, rows.join('\n'));
  service = new Likeness(['start', '--port', '0', '--data', data], place());
  await service.says(/Likeness is ready/);
  expect(await json('import', manifest)).toMatchObject({ status: 'done', done: IMAGES, failed: 0 });
}, START_MS);

afterAll(async () => {
  service.signal('SIGINT');
  await service.end();
  await rm(folder, { recursive: true, force: true });
}, START_MS);

describe('likeness fields', { timeout: COMMAND_MS }, () => {
  it('declares a field, counts what is of another type, lists and removes it', async () => {
    expect(await json('fields')).toEqual({ fields: [] });
    expect(await json('fields', 'add', 'camera', 'keyword')).toMatchObject({
      key: 'camera',
      type: 'keyword',
      images: 3,
      misfits: 1,
      misfitSamples: [{ value: 7 }],
    });
    expect(await json('fields', 'list')).toMatchObject({ fields: [{ key: 'camera', type: 'keyword' }] });
    const found = await json('search', '1', '--filter', 'metadata.camera = X100');
    expect(found).toMatchObject({ plan: 'filtered-exact', matched: 3 });
    expect(await json('fields', 'remove', 'camera')).toEqual({ removed: 'camera' });
    expect(await failure('fields', 'remove', 'camera')).toMatchObject({ code: 'metadata_field_not_found' });
    expect(await failure('search', '1', '--filter', 'metadata.camera = X100')).toMatchObject({
      code: 'invalid_request',
      fields: [{ path: 'filter.field' }],
    });
  });

  it('knows its types', async () => {
    const { code, stderr } = await run('fields', 'add', 'camera', 'colour');
    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are keyword, text, number, boolean, date');
  });
});

describe('likeness recall', { timeout: COMMAND_MS }, () => {
  it('compares searches with exact ones, under a filter too', async () => {
    expect(await json('recall', '--queries', '4')).toMatchObject({ k: 10, queries: 4, recall: 1, matched: IMAGES });
    const narrow = await json('recall', '--filter', 'width >= 5000');
    expect(narrow).toMatchObject({ queries: 0, recall: null, matched: 0 });
    const { code, stdout } = await run('recall', '-k', '2');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Recall@2 +1\.0000 over 4/) });
  });
});

describe('likeness reindex', { timeout: COMMAND_MS }, () => {
  it('says what is in use, and refuses what cannot be', async () => {
    expect(await json('reindex')).toMatchObject({ status: 'idle', active: { encoder: 'likeness-v1' } });
    expect(await failure('reindex', '--encoder', 'nothing')).toMatchObject({ code: 'model_not_found' });
    expect(await failure('reindex', '--rollback')).toMatchObject({ code: 'reindex_state_conflict' });
    expect(await failure('reindex', '--rollback', '--cancel')).toMatchObject({ code: 'invalid_usage' });
  });
});
