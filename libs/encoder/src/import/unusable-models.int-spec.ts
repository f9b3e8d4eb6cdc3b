import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findPreset } from '../presets/presets.js';
import { ImportFolder } from './__fixtures__/import-folder.js';
import { OnnxBuilder } from './__fixtures__/onnx-builder.js';
import { alexnet, resnet, tiny } from './__fixtures__/small-networks.js';
import type { ImportRequest } from './import-request.js';
import { ELEMENT } from './onnx/onnx-schema.js';

const IMPORT_MS = 90_000;
const models = new ImportFolder();
const { importBytes } = models;

const withPreset = (name: string) => ({ preset: findPreset(name) });
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
      expect(await readdir(path.join(models.root, 'models'))).toEqual([]);
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
      const labels = path.join(models.root, 'few.txt');
      await writeFile(labels, 'one\ntwo\n');
      await expect(importBytes(tiny().bytes(['logits']), { labels })).rejects.toMatchObject({
        code: 'model_labels_mismatch',
        fields: [{ path: 'labels', expected: '10 lines', received: '2 lines' }],
      });
      expect(await readdir(path.join(models.root, 'models'))).toEqual([]);
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
