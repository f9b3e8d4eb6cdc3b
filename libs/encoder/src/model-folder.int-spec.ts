import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUNDLED_ENCODER } from '#libs/config';
import { validManifest } from './__fixtures__/valid-manifest.js';
import { fingerprintOf } from './fingerprint.js';
import type { EncoderManifest } from './manifest.js';
import { findModel, listModels, modelRoots, readModelFolder } from './model-folder.js';

const WEIGHTS = 'weights';
let root: string;
beforeEach(async () => (root = await mkdtemp(path.join(tmpdir(), 'likeness-models-'))));
afterEach(() => rm(root, { recursive: true }));

async function addModel(under: string, name: string, change: Partial<EncoderManifest> = {}): Promise<string> {
  const folder = path.join(root, under, name);
  const sha256 = createHash('sha256').update(WEIGHTS).digest('hex');
  const manifest = { ...validManifest(), name, files: { onnx: { path: 'model.onnx', sha256 } }, ...change };
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
  await writeFile(path.join(folder, 'model.onnx'), WEIGHTS);
  return folder;
}

const roots = () => [path.join(root, 'bundled'), path.join(root, 'imported')];

describe('findModel', () => {
  it('looks in the bundled models first, then in the imported ones', async () => {
    await addModel('imported', 'both');
    const bundled = await addModel('bundled', 'both');
    const imported = await addModel('imported', 'only');
    expect((await findModel('both', roots())).path).toBe(bundled);
    expect((await findModel('only', roots())).path).toBe(imported);
  });

  it('names the models that are there when asked for another', async () => {
    await addModel('imported', 'beta');
    await addModel('bundled', 'alpha');
    await mkdir(path.join(root, 'bundled', 'no-manifest'));
    await expect(findModel('gamma', roots())).rejects.toMatchObject({
      code: 'encoder_not_found',
      message: 'There is no encoder "gamma". Those there are: alpha, beta.',
    });
  });

  it('finds none where no folder is, and none outside its roots', async () => {
    await expect(findModel('any', roots())).rejects.toMatchObject({ code: 'encoder_not_found', message: /none/ });
    await addModel('elsewhere', 'secret');
    await expect(findModel('../elsewhere/secret', roots())).rejects.toMatchObject({ code: 'encoder_not_found' });
  });
});

describe('readModelFolder', () => {
  it('answers manifest, fingerprint and the absolute path of the weights', async () => {
    const folder = await addModel('bundled', 'good');
    const model = await readModelFolder(folder);
    expect(model.files).toEqual({ onnx: path.join(folder, 'model.onnx') });
    expect(model.fingerprint).toBe(fingerprintOf(model.manifest));
  });

  it('refuses weights that are not those of the manifest', async () => {
    const folder = await addModel('bundled', 'changed');
    await writeFile(path.join(folder, 'model.onnx'), `${WEIGHTS}!`);
    await expect(readModelFolder(folder)).rejects.toMatchObject({
      code: 'encoder_invalid',
      fields: [{ path: 'files.onnx.sha256', received: createHash('sha256').update(`${WEIGHTS}!`).digest('hex') }],
    });
  });

  it('checks every file of every runtime', async () => {
    const folder = await addModel('bundled', 'several');
    const sha256 = createHash('sha256').update(WEIGHTS).digest('hex');
    const file = (name: string) => ({ path: name, sha256 });
    const files = {
      onnx: { ...file('model.onnx'), data: [file('model.data')] },
      savedModel: { path: 'saved', signature: 'serving_default', files: [file('saved/saved_model.pb')] },
      tfjs: { ...file('tfjs/model.json'), format: 'graph', weights: [file('tfjs/1.bin'), file('tfjs/2.bin')] },
    };
    await writeFile(path.join(folder, 'manifest.json'), JSON.stringify({ ...validManifest(), name: 'several', files }));
    for (const [name, field] of [
      ['model.data', 'files.onnx.data.0.sha256'],
      ['saved/saved_model.pb', 'files.savedModel.files.0.sha256'],
      ['tfjs/model.json', 'files.tfjs.sha256'],
      ['tfjs/1.bin', 'files.tfjs.weights.0.sha256'],
      ['tfjs/2.bin', 'files.tfjs.weights.1.sha256'],
    ] as const) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), 'other');
      await expect(readModelFolder(folder)).rejects.toMatchObject({
        code: 'encoder_invalid',
        fields: [{ path: field }],
      });
      await writeFile(path.join(folder, name), WEIGHTS);
    }
    expect((await readModelFolder(folder)).files).toEqual({
      onnx: path.join(folder, 'model.onnx'),
      savedModel: path.join(folder, 'saved'),
      tfjs: path.join(folder, 'tfjs/model.json'),
    });
  });

  it('refuses a folder without its weights, with the name of the file', async () => {
    const folder = await addModel('bundled', 'empty');
    await rm(path.join(folder, 'model.onnx'));
    await expect(readModelFolder(folder)).rejects.toMatchObject({
      code: 'encoder_invalid',
      message: /empty\/model\.onnx/,
    });
  });

  it('refuses a manifest that is not JSON, not valid, or not its folder’s own', async () => {
    const folder = await addModel('bundled', 'broken');
    await writeFile(path.join(folder, 'manifest.json'), '{');
    await expect(readModelFolder(folder)).rejects.toMatchObject({ code: 'encoder_invalid' });
    const odd = await addModel('bundled', 'odd', { licence: '' });
    await expect(readModelFolder(odd)).rejects.toMatchObject({
      code: 'encoder_invalid',
      fields: [{ path: 'licence' }],
    });
    const copied = await addModel('bundled', 'copied', { name: 'original' });
    await expect(readModelFolder(copied)).rejects.toMatchObject({
      code: 'encoder_invalid',
      fields: [{ path: 'name' }],
    });
  });
});

describe('the bundled encoder', () => {
  it('is the only one in models/, under its name, complete, with as many labels as logits', async () => {
    const bundled = modelRoots(root);
    expect(await listModels(bundled)).toEqual([BUNDLED_ENCODER]);
    // Refuses files or a manifest that are another model's.
    const { manifest, path: folder } = await findModel(BUNDLED_ENCODER, bundled);
    const labels = (await readFile(path.join(folder, manifest.labels ?? ''), 'utf8')).trim().split('\n');
    expect(labels).toHaveLength(manifest.taps['logits']?.dimension ?? 0);
  });
});
