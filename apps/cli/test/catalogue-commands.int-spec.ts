import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BUNDLED_ENCODER } from '#libs/config';
import { beforeAll, describe, expect, it } from 'vitest';
import { ServedFolder } from './served-folder.js';

const COMMAND_MS = 180_000;
const IMAGES = 4;

const served = new ServedFolder(IMAGES);
const { run, json, failure } = served;

beforeAll(async () => {
  const manifest = path.join(served.photos, 'manifest.jsonl');
  const rows = Array.from({ length: IMAGES }, (_, at) =>
    JSON.stringify({ path: `${at}.jpg`, metadata: { camera: at < 3 ? 'X100' : 7 } }),
  );
  await writeFile(manifest, rows.join('\n'));
  expect(await json('import', manifest)).toMatchObject({ status: 'done', done: IMAGES, failed: 0 });
}, COMMAND_MS);

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
    expect(await json('reindex')).toMatchObject({ status: 'idle', active: { encoder: BUNDLED_ENCODER } });
    expect(await failure('reindex', '--encoder', 'nothing')).toMatchObject({ code: 'model_not_found' });
    expect(await failure('reindex', '--rollback')).toMatchObject({ code: 'reindex_state_conflict' });
    expect(await failure('reindex', '--rollback', '--cancel')).toMatchObject({ code: 'invalid_usage' });
  });
});
