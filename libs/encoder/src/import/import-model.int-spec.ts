import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findModel } from '../model-folder.js';
import { findPreset } from '../presets/presets.js';
import { OnnxBuilder, type PictureOptions } from './__fixtures__/onnx-builder.js';
import { alexnet, densenet, inceptionNet, mobilenet, resnet, transformer, vgg } from './__fixtures__/small-networks.js';
import { importModelFile } from './import-model-file.js';
import type { ImportRequest } from './import-request.js';
import { readOnnx } from './onnx/onnx-model.js';
import { ELEMENT } from './onnx/onnx-schema.js';

const IMPORT_MS = 90_000;
let root: string;
beforeAll(async () => (root = await mkdtemp(path.join(tmpdir(), 'likeness-import-'))));
afterAll(() => rm(root, { recursive: true }));
afterEach(() => rm(path.join(root, 'models'), { recursive: true, force: true }));

async function importBytes(bytes: Buffer, request: Partial<ImportRequest> = {}, file = 'net.onnx') {
  const source = path.join(root, file);
  await writeFile(source, bytes);
  return importModelFile({ source, ...request }, root);
}

const withPreset = (name: string) => ({ preset: findPreset(name) });
const dimensions = (taps: readonly { name: string; dimension: number }[]) =>
  Object.fromEntries(taps.map(({ name, dimension }) => [name, dimension]));

/** A network that is fine, small and quick. */
function tiny(options?: PictureOptions): OnnxBuilder {
  const b = new OnnxBuilder();
  let x = b.picture({ side: 32, ...options });
  if (options?.elementType !== undefined) x = b.op('Cast', [x], { to: ELEMENT.float32 });
  if (options?.layout === 'nhwc') x = b.op('Transpose', [x], { perm: [0, 3, 1, 2] });
  x = b.relu(b.conv(x, 3, 8, 3, 4));
  b.head(b.relu(b.conv(x, 8, 16, 3, 2)), 16, 10);
  return b;
}

describe('networks of known structure', () => {
  it.each<[string, () => Buffer, Record<string, number>]>([
    ['alexnet', alexnet, { penultimate: 4096, fc6: 4096, logits: 1000, stage1: 8, stage2: 12, stage4: 16 }],
    ['vgg16', vgg, { penultimate: 4096, fc6: 4096, logits: 1000, stage1: 12, stage2: 16, stage3: 16 }],
    [
      'googlenet',
      () => inceptionNet(224, 1024),
      { penultimate: 1024, logits: 1000, stage1: 8, stage2: 16, stage3: 32, stage4: 1024 },
    ],
    [
      'inception-v3',
      () => inceptionNet(299, 2048),
      { penultimate: 2048, logits: 1000, stage2: 16, stage3: 32, stage4: 2048 },
    ],
    [
      'resnet50',
      () => resnet([256, 512, 1024, 2048]),
      { penultimate: 2048, logits: 1000, stage1: 256, stage2: 512, stage3: 1024, stage4: 2048 },
    ],
    [
      'densenet121',
      densenet,
      { penultimate: 1024, logits: 1000, stage1: 256, stage2: 512, stage3: 1024, stage4: 1024 },
    ],
    [
      'mobilenet-v2',
      () => mobilenet(1280),
      { penultimate: 1280, logits: 1000, stage1: 8, stage2: 12, stage3: 16, stage4: 1280 },
    ],
    ['mobilenet-v3-small', () => mobilenet(576, 1024), { penultimate: 1024, pooled: 576, logits: 1000, stage4: 576 }],
    [
      'dinov2-small',
      () => transformer({ dimension: 384, patch: 14, classToken: true }),
      { penultimate: 384, tokens: 384, stage1: 384, stage4: 384 },
    ],
    [
      'clip-vit-b32',
      () => transformer({ dimension: 768, patch: 32, classToken: true, projection: 512 }),
      { penultimate: 512 },
    ],
  ])(
    '%s has the published taps',
    async (preset, build, expected) => {
      const { found, folder } = await importBytes(build(), withPreset(preset));
      expect(dimensions(found.taps)).toMatchObject(expected);
      expect(folder.manifest).toMatchObject({ name: preset, preset, input: { view: findPreset(preset)?.view } });
      expect((await findModel(preset, [path.join(root, 'models')])).fingerprint).toBe(folder.fingerprint);
    },
    IMPORT_MS,
  );

  it(
    'takes tokens by the class token and by the mean of the others',
    async () => {
      const { folder } = await importBytes(
        transformer({ dimension: 384, patch: 14, classToken: true }),
        withPreset('dinov2-small'),
      );
      expect(folder.manifest.taps).toMatchObject({
        penultimate: { tensor: 'last_hidden_state', pooling: 'first-token' },
        tokens: { tensor: 'last_hidden_state', pooling: 'mean', skipTokens: 1 },
      });
      expect(folder.manifest.featureMap).toBeUndefined();
    },
    IMPORT_MS,
  );

  it(
    'takes the logits from before a softmax',
    async () => {
      const { folder } = await importBytes(vgg(), withPreset('vgg16'));
      expect(folder.manifest.taps['logits']?.tensor).toMatch(/^Gemm/);
    },
    IMPORT_MS,
  );
});

describe('what is stored', () => {
  it(
    'has the weights byte for byte, float32 in and out, and any number of pictures',
    async () => {
      const bytes = tiny({ elementType: ELEMENT.uint8, layout: 'nhwc', batch: 1 }).bytes(['logits']);
      const { folder } = await importBytes(bytes);
      expect(folder.manifest.input).toMatchObject({ tensor: 'picture_float32', layout: 'nhwc' });
      expect(folder.manifest.input.maxBatch).toBeUndefined();
      expect(folder.manifest.origin?.file).toBe('net.onnx');
      const stored = readOnnx(await readFile(folder.files.onnx ?? ''), 'stored').graph;
      expect(stored.initializer).toEqual(readOnnx(bytes, 'given').graph.initializer);
    },
    IMPORT_MS,
  );

  it(
    'notes a network that takes one picture at a time only',
    async () => {
      const b = new OnnxBuilder();
      const x = b.relu(b.conv(b.picture({ side: 32, batch: 1 }), 3, 8, 3, 4));
      // A shape with the number of pictures written into it, as careless exports have it.
      b.linear(b.op('Reshape', [b.op('GlobalAveragePool', [x]), b.integers([1, 8])]), 8, 10, 'logits');
      const { folder } = await importBytes(b.bytes(['logits']));
      expect(folder.manifest.input.maxBatch).toBe(1);
    },
    IMPORT_MS,
  );

  it(
    'is named, labelled and tapped as asked, from a compressed file',
    async () => {
      const labels = path.join(root, 'names.txt');
      await writeFile(labels, 'a\nb\nc\nd\ne\nf\ng\nh\ni\n');
      const b = tiny();
      const request = { name: 'other', labels, taps: [{ name: 'early', tensor: 'Relu_5', pooling: 'max' as const }] };
      const { folder, found } = await importBytes(gzipSync(b.bytes(['logits'])), request, 'net.onnx.gz');
      expect(found.taps.find((tap) => tap.name === 'early')).toMatchObject({
        tensor: 'Relu_5',
        dimension: 8,
        pooling: 'max',
      });
      expect(folder.manifest).toMatchObject({ name: 'other', labels: 'labels.txt', labelOffset: 1 });
      expect(await readdir(folder.path)).toEqual(['labels.txt', 'manifest.json', 'model.onnx']);
    },
    IMPORT_MS,
  );

  it(
    'is not put over another model unless asked to',
    async () => {
      await importBytes(tiny().bytes(['logits']));
      await expect(importBytes(tiny().bytes(['logits']))).rejects.toMatchObject({ code: 'model_exists' });
      await expect(importBytes(tiny().bytes(['logits']), { name: 'likeness-v1', replace: true })).rejects.toMatchObject(
        {
          code: 'model_exists',
        },
      );
      const again = await importBytes(tiny().bytes(['logits']), { replace: true });
      expect(again.folder.manifest.name).toBe('net');
      expect(await readdir(path.join(root, 'models'))).toEqual(['net']);
    },
    IMPORT_MS,
  );
});

describe('models that cannot be used', () => {
  const infinite = () => {
    const b = new OnnxBuilder();
    const x = b.relu(b.conv(b.picture({ side: 32 }), 3, 8, 3, 4));
    const broken = b.op('Mul', [b.op('Log', [b.op('Neg', [x])]), b.constant([1], 1)]);
    b.head(broken, 8, 10);
    return b.bytes(['logits']);
  };
  const textOnly = () => {
    const b = new OnnxBuilder();
    const x = b.input('words', ['N', 16], ELEMENT.float32);
    return b.bytes([b.linear(x, 16, 4, 'logits')]);
  };
  const unknownOperation = () => {
    const b = new OnnxBuilder();
    return b.bytes([b.op('Levitate', [b.picture({ side: 32 })], {}, 'logits')]);
  };
  const two = () => {
    const b = tiny();
    const x = b.input('words', ['N', 10], ELEMENT.float32);
    return b.bytes([b.op('Add', ['logits', x], {}, 'both')]);
  };

  const shapeless = () => {
    const b = new OnnxBuilder();
    b.head(b.relu(b.conv(b.input('picture', [], ELEMENT.float32), 3, 8, 3, 4)), 8, 10);
    return b.bytes(['logits']);
  };
  const oblong = () => {
    const b = new OnnxBuilder();
    b.head(b.relu(b.conv(b.input('picture', ['N', 3, 32, 48], ELEMENT.float32), 3, 8, 3, 4)), 8, 10);
    return b.bytes(['logits']);
  };

  it.each<[string, () => Buffer, Partial<ImportRequest>, string, RegExp]>([
    [
      'text',
      () => Buffer.from('not a model, by any reading'),
      {},
      'model_unreadable',
      /^net\.onnx is no ONNX model, or was cut short/,
    ],
    ['an empty file', () => Buffer.alloc(0), {}, 'model_unreadable', /^net\.onnx is no ONNX model: there is no graph/],
    [
      'a truncated file',
      () => tiny().bytes(['logits']).subarray(0, 1500),
      {},
      'model_unreadable',
      /^net\.onnx is no ONNX model, or was cut short/,
    ],
    [
      'a damaged archive',
      () => gzipSync(alexnet()).subarray(0, 900),
      {},
      'model_unreadable',
      /^net\.onnx cannot be unpacked/,
    ],
    [
      'an opset of the future',
      () => tiny().bytes(['logits'], 999),
      {},
      'model_unsupported',
      /^The model is of opset 999; ONNX Runtime knows those up to \d+ here\./,
    ],
    [
      'an operation nobody knows',
      unknownOperation,
      {},
      'model_unsupported',
      /^ONNX Runtime cannot open it: This is an invalid model.*Levitate/,
    ],
    ['no picture going in', textOnly, {}, 'model_no_image_input', /^The model has no input that takes a picture\.$/],
    [
      'an input whose shape is not given',
      shapeless,
      {},
      'model_no_image_input',
      /^The model has no input that takes a picture\.$/,
    ],
    [
      'a picture that is not square',
      oblong,
      {},
      'model_unsupported',
      /takes pictures of 48 × 32 pixels; only square ones/,
    ],
    ['more than a picture going in', two, {}, 'model_no_image_input', /^The model wants more than a picture: words\./],
    [
      'any height and width, and no size said',
      () => tiny({ side: 'side' }).bytes(['logits']),
      {},
      'model_shape_unknown',
      /^The network takes pictures of any size, and nothing says which\.$/,
    ],
    [
      'another size than the preset’s',
      () => tiny().bytes(['logits']),
      withPreset('resnet50'),
      'model_mismatch',
      /^The network takes pictures of 32 pixels, not of 224 as the preset resnet50 says\.$/,
    ],
    [
      'another network than the preset’s',
      () => resnet([64, 128, 256, 512]),
      withPreset('resnet50'),
      'model_mismatch',
      /not what the preset resnet50 is for: taps\.penultimate: 2048 components, but 512/,
    ],
    [
      'a tap that is not there',
      () => tiny().bytes(['logits']),
      { taps: [{ name: 'x', tensor: 'nowhere' }] },
      'model_tap_not_found',
      /^The network has no tensor "nowhere"\.$/,
    ],
    [
      'a tap that is no vector',
      () => tiny().bytes(['logits']),
      { taps: [{ name: 'x', tensor: 'Relu_5', pooling: 'none' }] },
      'model_tap_not_found',
      /^The tensor "Relu_5" gives no vector by the pooling none\.$/,
    ],
    [
      'answers that are not finite',
      infinite,
      {},
      'model_not_finite',
      /^The encoder gives numbers that are not finite\.$/,
    ],
  ])(
    '%s: a clear error, nothing left',
    async (_what, build, request, code, message) => {
      await expect(importBytes(build(), request)).rejects.toMatchObject({ code, message });
      expect(await readdir(path.join(root, 'models'))).toEqual([]);
    },
    IMPORT_MS,
  );

  it(
    'takes a size for a network that takes any',
    async () => {
      const { folder } = await importBytes(tiny({ side: 'side' }).bytes(['logits']), { size: 48 });
      expect(folder.manifest.input.view.size).toBe(48);
    },
    IMPORT_MS,
  );

  it(
    'labels that do not fit: says how many are wanted, nothing left',
    async () => {
      const labels = path.join(root, 'few.txt');
      await writeFile(labels, 'one\ntwo\n');
      await expect(importBytes(tiny().bytes(['logits']), { labels })).rejects.toMatchObject({
        code: 'model_labels_mismatch',
        fields: [{ path: 'labels', expected: '10 lines', received: '2 lines' }],
      });
      expect(await readdir(path.join(root, 'models'))).toEqual([]);
    },
    IMPORT_MS,
  );

  it(
    'names tensors like the one that is not there',
    async () => {
      const work = importBytes(tiny().bytes(['logits']), { taps: [{ name: 'early', tensor: 'Relu_55' }] });
      await expect(work).rejects.toMatchObject({
        fields: [{ path: 'taps.early', expected: expect.stringContaining('Relu_5') as string }],
      });
    },
    IMPORT_MS,
  );
});
