import { memory } from '@tensorflow/tfjs-core';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLED_ENCODER } from '#libs/config';
import { relativeError } from '../../__fixtures__/golden.js';
import { TINY_SIDE, tinyTfjsModel } from '../../__fixtures__/tiny-tfjs.js';
import type { Encoder, EncoderInput } from '../../encoder.js';
import { manifestFor } from '../../manifest-runtime.js';
import { findModel, type ModelFolder, modelRoots } from '../../model-folder.js';
import { agreementOf } from '../../self-check/compare-vectors.js';
import { encodeGolden } from '../../self-check/golden-run.js';
import { drawBlocks } from '../../self-check/pictures.js';
import { startOnnxEncoder } from '../onnx/start-onnx-encoder.js';
import { startTensorflowEncoder } from './start-tensorflow-encoder.js';
import { openTensorflow } from './tensorflow-library.js';
import { TensorflowService } from './tensorflow-service.js';

const TAPS = ['penultimate', 'logits', 'stage'] as const;
const WASM = { engine: 'tfjs-wasm', threads: 1, maxBatch: 16 } as const;
let root: string;
let graph: ModelFolder;
let layers: ModelFolder;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'likeness-tfjs-'));
  [graph, layers] = await Promise.all([tinyTfjsModel(root, 'graph'), tinyTfjsModel(root, 'layers')]);
});
afterAll(() => rm(root, { recursive: true }));

const pictures = (count: number): EncoderInput[] =>
  Array.from({ length: count }, (_, seed) => drawBlocks(seed, TINY_SIDE));

async function using<T>(encoder: Encoder, work: (encoder: Encoder) => Promise<T>): Promise<T> {
  return work(encoder).finally(() => encoder.close());
}

/** The network of tiny-tfjs.ts by its definition, in double precision. */
function expectedStage({ data }: EncoderInput, kernel: Float32Array, bias: Float32Array): number[] {
  const out = TINY_SIDE / 2;
  return Array.from({ length: 8 }, (_, channel) => {
    let sum = 0;
    for (let y = 0; y < out; y++) {
      for (let x = 0; x < out; x++) {
        let value = bias[channel] ?? NaN;
        for (let tap = 0; tap < 27; tap++) {
          const [dy, dx, c] = [Math.floor(tap / 9), Math.floor(tap / 3) % 3, tap % 3];
          const [row, column] = [2 * y + dy, 2 * x + dx];
          if (row >= TINY_SIDE || column >= TINY_SIDE) continue;
          const byte = data[(row * TINY_SIDE + column) * 3 + c] ?? NaN;
          value += (byte - 128) * 0.01 * (kernel[tap * 8 + channel] ?? NaN);
        }
        sum += Math.max(0, value);
      }
    }
    return sum / out ** 2;
  });
}

describe('a TensorFlow.js encoder on WebAssembly', () => {
  it('describes itself', async () => {
    await using(await startTensorflowEncoder(graph, WASM), async ({ info }) => {
      expect(info).toMatchObject({ name: 'tiny-graph', runtime: 'tensorflow', device: 'cpu' });
      expect(info.engine).toMatch(/^TensorFlow\.js 4\.\d+\.\d+ WASM \(SIMD\)$/);
    });
  });

  it.each(['graph', 'layers'] as const)('computes what the network is: %s model', async (format) => {
    const model = format === 'graph' ? graph : layers;
    const weights = new Float32Array(Uint8Array.from(await readFile(path.join(model.path, 'weights.bin'))).buffer);
    const [picture] = pictures(1) as [EncoderInput];
    await using(await startTensorflowEncoder(model, WASM), async (encoder) => {
      const vectors = await encoder.encode(picture, TAPS);
      const expected = expectedStage(picture, weights.subarray(0, 216), weights.subarray(216, 224));
      expect(relativeError(vectors.stage, expected)).toBeLessThan(1e-5);
      // The mean that the network takes and the one taken of its feature map are the same.
      expect(relativeError(vectors.penultimate, vectors.stage)).toBeLessThan(1e-5);
      expect(vectors.logits).toHaveLength(5);
    });
  });

  it('gives the same vectors for both formats', async () => {
    const [a, b] = await Promise.all([graph, layers].map((model) => startTensorflowEncoder(model, WASM)));
    const [ofGraph, ofLayers] = await Promise.all([a, b].map((encoder) => encodeGolden(encoder as Encoder)));
    await Promise.all([a?.close(), b?.close()]);
    expect(agreementOf(ofGraph ?? {}, ofLayers ?? {}).cosine).toBeGreaterThan(0.999999);
  });

  it.each([7, 16])('a picture has the same vector in a batch of %i as alone', async (maxBatch) => {
    const [alone, batched] = await Promise.all([
      startTensorflowEncoder(graph, { ...WASM, maxBatch: 1 }),
      startTensorflowEncoder(graph, { ...WASM, maxBatch }),
    ]);
    const inputs = pictures(maxBatch);
    const answers = await Promise.all(inputs.map((picture) => batched.encode(picture, TAPS)));
    for (const [i, picture] of inputs.entries()) {
      const single = await alone.encode(picture, TAPS);
      for (const tap of TAPS) expect(relativeError(answers[i]?.[tap] ?? [], single[tap])).toBeLessThan(1e-5);
    }
    await Promise.all([alone.close(), batched.close()]);
  });

  it('spreads callers over its threads and leaves the event loop free', async () => {
    await using(await startTensorflowEncoder(graph, { ...WASM, threads: 2, maxBatch: 4 }), async (encoder) => {
      const inputs = pictures(64);
      const answers = await Promise.all(inputs.map((picture) => encoder.encode(picture, ['penultimate'])));
      const [again] = await Promise.all([encoder.encode(inputs[9] as EncoderInput, ['penultimate'])]);
      expect(relativeError(answers[9]?.penultimate ?? [], again.penultimate)).toBeLessThan(1e-5);
      expect(relativeError(answers[8]?.penultimate ?? [], again.penultimate)).toBeGreaterThan(1e-3);
    });
  });

  it.each(['graph', 'layers'] as const)('gives back every tensor of a run, and of the model: %s', async (format) => {
    const model = format === 'graph' ? graph : layers;
    const file = model.files.tfjs ?? '';
    const manifest = manifestFor(model.manifest, 'tfjs');
    // On this thread, where its tensors can be counted.
    const service = new TensorflowService({ engine: 'tfjs-wasm', source: { format, file }, manifest });
    await openTensorflow('tfjs-wasm');
    const before = memory().numTensors;
    await service.load();
    const loaded = memory().numTensors;
    expect(loaded).toBeGreaterThan(before);
    for (const count of [1, 3, 5]) {
      const pixels = Uint8Array.from(pictures(count).flatMap(({ data }) => [...data]));
      await service.encode(pixels, TAPS);
      await service.encode(pixels, ['logits']);
    }
    expect(memory().numTensors).toBe(loaded);
    await service.release();
    expect(memory().numTensors).toBe(before);
  });
});

describe('the bundled encoder on TensorFlow.js, from its ONNX file', () => {
  const onnx = { workers: 1, intraOpThreads: 1, maxBatch: 8 } as const;
  let bundled: ModelFolder;
  beforeAll(async () => {
    bundled = await findModel(BUNDLED_ENCODER, modelRoots('data'));
  });

  it('gives the vectors of ONNX Runtime at every tap', async () => {
    const [here, there] = await Promise.all([startTensorflowEncoder(bundled, WASM), startOnnxEncoder(bundled, onnx)]);
    const [mine, theirs] = await Promise.all([here, there].map((encoder) => encodeGolden(encoder)));
    expect(agreementOf(mine ?? {}, theirs ?? {}).cosine).toBeGreaterThan(0.99999);
    expect(here.info).toMatchObject({ runtime: 'tensorflow', fingerprint: bundled.fingerprint, taps: there.info.taps });
    await Promise.all([here.close(), there.close()]);
  });

  it.each(['tensorflow', 'onnx'] as const)('a batch never changes a vector: %s', async (runtime) => {
    const start = (maxBatch: number) =>
      runtime === 'onnx'
        ? startOnnxEncoder(bundled, { ...onnx, maxBatch })
        : startTensorflowEncoder(bundled, { ...WASM, maxBatch });
    const [alone, batched] = await Promise.all([start(1), start(7)]);
    const taps = alone.info.taps.map(({ name }) => name);
    const inputs = Array.from({ length: 7 }, (_, seed) => drawBlocks(seed, alone.info.view.size));
    const answers = await Promise.all(inputs.map((picture) => batched.encode(picture, taps)));
    for (const [i, picture] of inputs.entries()) {
      const single = await alone.encode(picture, taps);
      for (const tap of taps) expect(relativeError(answers[i]?.[tap] ?? [], single[tap] ?? [])).toBeLessThan(1e-5);
    }
    await Promise.all([alone.close(), batched.close()]);
  });

  it('takes vectors apart by place as ONNX Runtime does', async () => {
    const [here, there] = await Promise.all([startTensorflowEncoder(bundled, WASM), startOnnxEncoder(bundled, onnx)]);
    const picture = drawBlocks(3, here.info.view.size);
    const [mine, theirs] = await Promise.all([here, there].map((encoder) => encoder.cells(picture, 'penultimate')));
    expect([mine?.rows, mine?.columns, mine?.dimension]).toEqual([theirs?.rows, theirs?.columns, theirs?.dimension]);
    expect(relativeError(mine?.data ?? [], theirs?.data ?? [])).toBeLessThan(1e-4);
    await Promise.all([here.close(), there.close()]);
  });
});

describe('TensorFlow models that cannot be used', () => {
  it('are refused for tensors that are not there', async () => {
    const { manifest } = graph;
    const taps = { ...manifest.taps, logits: { tensor: 'logit', pooling: 'none', dimension: 5 } } as const;
    const start = startTensorflowEncoder({ ...graph, manifest: { ...manifest, taps } }, WASM);
    await expect(start).rejects.toMatchObject({
      code: 'encoder_invalid',
      fields: [{ path: 'taps.logits.tensor', received: 'logit' }],
    });
    const input = { ...manifest.input, tensor: 'picture' };
    await expect(startTensorflowEncoder({ ...graph, manifest: { ...manifest, input } }, WASM)).rejects.toMatchObject({
      code: 'encoder_invalid',
      fields: [{ path: 'input.tensor', received: 'picture' }],
    });
  });

  it('are refused for a wrong dimension', async () => {
    const { manifest } = layers;
    const taps = { stage: { tensor: 'relu', pooling: 'mean', dimension: 9 } } as const;
    await expect(startTensorflowEncoder({ ...layers, manifest: { ...manifest, taps } }, WASM)).rejects.toMatchObject({
      code: 'encoder_invalid',
      fields: [{ path: 'taps.stage.dimension', received: 'a tensor of shape [1, 8, 8, 8]' }],
    });
  });

  it('are refused when model.json is no model, or names weights elsewhere', async () => {
    const text = path.join(root, 'text.json');
    await writeFile(text, 'not a model');
    await expect(startTensorflowEncoder({ ...graph, files: { tfjs: text } }, WASM)).rejects.toMatchObject({
      code: 'encoder_invalid',
      message: /text\.json cannot be loaded/,
    });
    const outside = path.join(root, 'outside.json');
    const weightsManifest = [{ paths: ['../../etc/hosts'], weights: [] }];
    await writeFile(outside, JSON.stringify({ format: 'graph-model', modelTopology: { node: [] }, weightsManifest }));
    await expect(startTensorflowEncoder({ ...graph, files: { tfjs: outside } }, WASM)).rejects.toMatchObject({
      code: 'encoder_invalid',
      message: /outside its folder/,
    });
  });

  it('are refused for an operation the backend has not, with the cure', async () => {
    const file = path.join(graph.path, 'odd.json');
    const node = [
      { name: 'image', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' } } },
      { name: 'odd', op: 'Digamma', input: ['image'] },
    ];
    await writeFile(file, JSON.stringify({ format: 'graph-model', modelTopology: { node }, weightsManifest: [] }));
    const manifest = { ...graph.manifest, taps: { odd: { tensor: 'odd', pooling: 'mean', dimension: 3 } } } as const;
    await expect(startTensorflowEncoder({ ...graph, manifest, files: { tfjs: file } }, WASM)).rejects.toMatchObject({
      code: 'encoder_invalid',
    });
  });

  it('need libtensorflow where they are a SavedModel, and say so', async () => {
    const savedModel = {
      path: 'saved',
      signature: 'serving_default',
      files: [{ path: 'saved/saved_model.pb', sha256: 'ab'.repeat(32) }],
    };
    const model = {
      ...graph,
      manifest: { ...graph.manifest, files: { savedModel } },
      files: { savedModel: path.join(root, 'saved') },
    };
    await expect(startTensorflowEncoder(model, WASM)).rejects.toMatchObject({
      code: 'device_unavailable',
      message: /needs @tensorflow\/tfjs-node or tfjs-node-gpu/,
    });
  });

  it('name the package that is not installed', async () => {
    await expect(startTensorflowEncoder(graph, { ...WASM, engine: 'tfjs-node-gpu' })).rejects.toMatchObject({
      code: 'device_unavailable',
      message: /npm install --no-save @tensorflow\/tfjs-node-gpu/,
    });
  });
});
