import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { loadEncoder } from '../load-encoder.js';
import type { ManifestInput } from '../manifest.js';
import { drawPicture } from '../self-check/pictures.js';
import { OnnxBuilder } from './__fixtures__/onnx-builder.js';
import { tiny } from './__fixtures__/small-networks.js';
import { importModelFile } from './import-model-file.js';
import type { ImportRequest } from './import-request.js';
import { ELEMENT } from './onnx/onnx-schema.js';

const IMPORT_MS = 90_000;
const SIDE = 32;
let root: string;
beforeAll(async () => (root = await mkdtemp(path.join(tmpdir(), 'likeness-reduced-'))));
afterAll(() => rm(root, { recursive: true }));
afterEach(() => rm(path.join(root, 'models'), { recursive: true, force: true }));

/** The same small network in one arithmetic or another. */
function network(arithmetic: 'float32' | 'float16' | 'int8'): Buffer {
  const b = new OnnxBuilder(arithmetic);
  const elementType = arithmetic === 'float16' ? ELEMENT.float16 : ELEMENT.float32;
  let x = b.relu(b.conv(b.picture({ side: SIDE, elementType }), 3, 8, 3, 4));
  x = b.relu(b.conv(x, 8, 16, 3, 2));
  b.head(x, 16, 10);
  return b.bytes(['logits']);
}

async function importAs(name: string, bytes: Buffer, request: Partial<ImportRequest> = {}) {
  const source = path.join(root, `${name}.onnx`);
  await writeFile(source, bytes);
  return importModelFile({ source, name, ...request }, root);
}

async function penultimate(name: string): Promise<Float32Array> {
  const settings = { runtime: 'onnx', device: 'cpu', threads: 1, maxBatch: 4, tap: 'penultimate' } as const;
  const encoder = await loadEncoder({ ...settings, name, dataDir: root });
  try {
    return (await encoder.encode(drawPicture('noise', SIDE), ['penultimate'])).penultimate;
  } finally {
    await encoder.close();
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] ?? NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

it(
  'a network in float16, in and out, is cast at its ends and answers as the one in float32',
  async () => {
    await importAs('plain', network('float32'));
    const { folder } = await importAs('half', network('float16'));
    expect(folder.manifest).toMatchObject({
      precision: 'float16',
      input: { tensor: 'picture_float32' },
      taps: { penultimate: { dimension: 16 }, logits: { tensor: 'logits_float32', dimension: 10 } },
    });
    const [plain, half] = [await penultimate('plain'), await penultimate('half')];
    expect(half).toHaveLength(16);
    expect(cosine(half, plain)).toBeGreaterThan(0.999);
    expect(half).not.toEqual(plain);
  },
  IMPORT_MS,
);

it(
  'a quantised network (QDQ, int8) has the taps of the one in float32, as numbers and not as codes',
  async () => {
    const plain = await importAs('plain', network('float32'));
    const { folder, found } = await importAs('eight', network('int8'));
    expect(folder.manifest.precision).toBe('int8');
    expect(found.taps.map(({ name, dimension }) => [name, dimension])).toEqual(
      plain.found.taps.map(({ name, dimension }) => [name, dimension]),
    );
    const [before, after] = [await penultimate('plain'), await penultimate('eight')];
    expect(cosine(after, before)).toBeGreaterThan(0.99);
    expect(after).not.toEqual(before);
  },
  IMPORT_MS,
);

it(
  'another form of an encoder takes over its preprocessing, its taps and its licence',
  async () => {
    const taps = [{ name: 'early', tensor: 'Relu_5', pooling: 'max' as const }];
    const { folder: model } = await importAs('plain', network('float32'), { taps, licence: 'CC0-1.0' });
    const input = { ...model.manifest.input, colour: 'bgr' as const };
    const like = { ...model.manifest, input };
    const { folder } = await importAs('half', network('float16'), { like });
    const { view, normalisation, colour } = input;
    expect(folder.manifest).toMatchObject({ licence: 'CC0-1.0', input: { view, normalisation, colour } });
    expect(folder.manifest.taps['early']).toEqual({
      tensor: 'Relu_5_float32',
      pooling: 'max',
      dimension: 8,
    });
    expect(folder.manifest.description).toMatch(/^Another form of plain/);
    expect(folder.fingerprint).not.toBe(model.fingerprint);
  },
  IMPORT_MS,
);

it(
  'a form with a uint8 input gets bytes, whatever the one it is like takes, and answers as with the same bytes in float32',
  async () => {
    const { folder: model } = await importAs('plain', network('float32'));
    const { view } = model.manifest.input;
    const asBytes: ManifestInput['normalisation'] = { mean: [0, 0, 0], scale: [1, 1, 1] };
    const { folder } = await importAs('bytes', tiny({ elementType: ELEMENT.uint8 }).bytes(['logits']), {
      like: model.manifest,
    });
    expect(folder.manifest.input).toMatchObject({ view, normalisation: asBytes });
    const like = { ...model.manifest, input: { ...model.manifest.input, normalisation: asBytes } };
    await importAs('numbers', tiny().bytes(['logits']), { like });
    expect(cosine(await penultimate('bytes'), await penultimate('numbers'))).toBeGreaterThan(0.999);
  },
  IMPORT_MS,
);

it(
  'a form that takes pictures of another size is refused, and nothing is left',
  async () => {
    const { folder } = await importAs('plain', network('float32'));
    const view = { ...folder.manifest.input.view, size: 48 };
    const like = { ...folder.manifest, input: { ...folder.manifest.input, view } };
    await expect(importAs('half', network('float16'), { like })).rejects.toMatchObject({
      code: 'model_mismatch',
      message: 'The network takes pictures of 32 pixels, not of 48 as the encoder plain says.',
    });
    expect(await readdir(path.join(root, 'models'))).toEqual(['plain']);
  },
  IMPORT_MS,
);
