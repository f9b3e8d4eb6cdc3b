import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BUNDLED_ENCODER } from '#libs/config';
import { keepModel } from './keep-model.js';
import { findModel, findModelByFingerprint, modelRoots, readModelFolder, type ModelFolder } from './model-folder.js';

let dataDir: string;
let bundled: ModelFolder;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'likeness-kept-'));
  bundled = await findModel(BUNDLED_ENCODER, modelRoots(dataDir));
});
afterEach(() => rm(dataDir, { recursive: true }));

const models = () => path.join(dataDir, 'models');
const copy = () => path.join(models(), BUNDLED_ENCODER);

it('makes a copy that is found when the bundled one is gone', async () => {
  expect(await keepModel(bundled, dataDir)).toBe(true);
  expect(await findModelByFingerprint(bundled.fingerprint, 'another', [models()])).toBe(BUNDLED_ENCODER);
  expect(await readdir(copy())).toEqual(await readdir(bundled.path));
  expect(await readdir(models())).toEqual([BUNDLED_ENCODER]);
});

it('copies once, also not what lies in the data folder itself', async () => {
  await keepModel(bundled, dataDir);
  expect(await keepModel(bundled, dataDir)).toBe(false);
  expect(await keepModel(await readModelFolder(copy()), dataDir)).toBe(false);
});

it('mends a damaged copy', async () => {
  await keepModel(bundled, dataDir);
  await writeFile(path.join(copy(), 'model.onnx'), 'cut off');
  expect(await keepModel(bundled, dataDir)).toBe(true);
  expect(await readModelFolder(copy())).toMatchObject({ fingerprint: bundled.fingerprint });
});

it('leaves another model of that name alone', async () => {
  await cp(bundled.path, copy(), { recursive: true });
  const file = path.join(copy(), 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { input: { view: object } };
  const theirs = JSON.stringify({
    ...manifest,
    input: { ...manifest.input, view: { ...manifest.input.view, kernel: 'linear' } },
  });
  await writeFile(file, theirs);
  expect(await keepModel(bundled, dataDir)).toBe(false);
  // Not even a damaged one is ours to replace.
  await writeFile(path.join(copy(), 'model.onnx'), 'cut off');
  expect(await keepModel(bundled, dataDir)).toBe(false);
  expect(await readFile(file, 'utf8')).toBe(theirs);
});
