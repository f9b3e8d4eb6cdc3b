import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BUNDLED_ENCODER } from '#libs/config';
import { findModel } from '../model-folder.js';
import { findPreset } from '../presets/presets.js';
import { ImportFolder } from './__fixtures__/import-folder.js';
import { OnnxBuilder } from './__fixtures__/onnx-builder.js';
import {
  alexnet,
  densenet,
  inceptionNet,
  mobilenet,
  resnet,
  tiny,
  transformer,
  vgg,
} from './__fixtures__/small-networks.js';
import { readOnnx } from './onnx/onnx-model.js';
import { ELEMENT } from './onnx/onnx-schema.js';

const IMPORT_MS = 90_000;
const models = new ImportFolder();
const { importBytes } = models;

const withPreset = (name: string) => ({ preset: findPreset(name) });
const dimensions = (taps: readonly { name: string; dimension: number }[]) =>
  Object.fromEntries(taps.map(({ name, dimension }) => [name, dimension]));

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
      expect((await findModel(preset, [path.join(models.root, 'models')])).fingerprint).toBe(folder.fingerprint);
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
      expect(folder.manifest.input).toMatchObject({
        tensor: 'picture_float32',
        layout: 'nhwc',
        normalisation: { mean: [0, 0, 0], scale: [1, 1, 1] },
      });
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
      const labels = path.join(models.root, 'names.txt');
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
      await expect(
        importBytes(tiny().bytes(['logits']), { name: BUNDLED_ENCODER, replace: true }),
      ).rejects.toMatchObject({
        code: 'model_exists',
      });
      const again = await importBytes(tiny().bytes(['logits']), { replace: true });
      expect(again.folder.manifest.name).toBe('net');
      expect(await readdir(path.join(models.root, 'models'))).toEqual(['net']);
    },
    IMPORT_MS,
  );
});
