import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '#libs/config';
import { startTensorflowEncoder } from '../../runtimes/tensorflow/start-tensorflow-encoder.js';
import { importModelFile } from '../import-model-file.js';

const IMPORT_MS = 90_000;
/** Written by make_saved_model.py, as are the numbers expected of it. */
const FIXTURE = path.join(projectRoot(), 'libs/encoder/src/import/saved-model/__fixtures__/module');
const EXPECTED = {
  penultimate: [0.775474, 1.290729, 0.943745, 1.672255],
  logits: [-0.624205, 2.079033, 2.700484, -0.477151, 2.754025, -0.635477],
};

let root: string;
let source: string;
beforeAll(async () => (root = await mkdtemp(path.join(tmpdir(), 'likeness-saved-model-'))));
afterAll(() => rm(root, { recursive: true }));
afterEach(() => rm(path.join(root, 'models'), { recursive: true, force: true }));

async function fixture(): Promise<string> {
  source = path.join(root, 'tiny');
  await rm(source, { recursive: true, force: true });
  await cp(FIXTURE, source, { recursive: true });
  return source;
}

describe('a SavedModel', () => {
  it(
    'becomes a TensorFlow.js graph model that gives what TensorFlow gave',
    async () => {
      const { folder, facts } = await importModelFile({ source: await fixture() }, root);
      expect(facts).toBe('SavedModel of TensorFlow 2.15.1, signature serving_default');
      expect(folder.manifest).toMatchObject({
        name: 'tiny',
        input: { tensor: 'serving_default_picture', layout: 'nhwc', view: { size: 16 } },
        taps: { penultimate: { dimension: 4 }, logits: { tensor: 'logits', dimension: 6 } },
        files: { tfjs: { format: 'graph' } },
        origin: { file: 'tiny/saved_model.pb' },
      });
      const scale = 1 / 127.5;
      const normalisation = { mean: [127.5, 127.5, 127.5], scale: [scale, scale, scale] } as const;
      const input = { ...folder.manifest.input, normalisation };
      const model = { ...folder, manifest: { ...folder.manifest, input } } as typeof folder;
      const encoder = await startTensorflowEncoder(model, { engine: 'tfjs-wasm', threads: 1, maxBatch: 1 });
      const picture = { width: 16, height: 16, data: Uint8Array.from({ length: 768 }, (_, i) => (i * 37) % 255) };
      const vectors = await encoder.encode(picture, ['penultimate', 'logits']);
      await encoder.close();
      for (const tap of ['penultimate', 'logits'] as const) {
        expect(vectors[tap]).toHaveLength(EXPECTED[tap].length);
        for (const [i, value] of EXPECTED[tap].entries()) expect(vectors[tap][i]).toBeCloseTo(value, 5);
      }
    },
    IMPORT_MS,
  );

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['cut short', () => truncate(path.join(source, 'saved_model.pb'), 9000), /cut short/],
    ['no SavedModel', () => writeFile(path.join(source, 'saved_model.pb'), ''), /no graph/],
    ['without its index', () => rm(path.join(source, 'variables/variables.index')), /has no variable/],
    [
      'with a damaged index',
      () => truncate(path.join(source, 'variables/variables.index'), 100),
      /variables\.index is damaged/,
    ],
    [
      'without its weights',
      () => rm(path.join(source, 'variables/variables.data-00000-of-00001')),
      /variables\.data-00000-of-00001 cannot be read/,
    ],
    [
      'with too few weights',
      () => truncate(path.join(source, 'variables/variables.data-00000-of-00001'), 50),
      /ends within the variable/,
    ],
  ])(
    'is refused %s, and nothing is left',
    async (_what, harm, message) => {
      await fixture();
      await harm();
      await expect(importModelFile({ source }, root)).rejects.toMatchObject({ code: 'model_unreadable', message });
      expect(await readdir(path.join(root, 'models'))).toEqual([]);
    },
    IMPORT_MS,
  );

  it(
    'with an operation that TensorFlow.js has not is refused with the command that converts it',
    async () => {
      const file = path.join(await fixture(), 'saved_model.pb');
      const bytes = await readFile(file);
      // Another operation, with a name of the same length, in the place of every Relu (field 2 of a node).
      const harmed = Buffer.from(bytes.toString('latin1').replaceAll('\x12\x04Relu', '\x12\x04Bent'), 'latin1');
      await writeFile(file, harmed);
      await expect(importModelFile({ source }, root)).rejects.toMatchObject({
        code: 'model_unsupported',
        message: /tf2onnx\.convert --saved-model/,
      });
      expect(await readdir(path.join(root, 'models'))).toEqual([]);
    },
    IMPORT_MS,
  );
});
