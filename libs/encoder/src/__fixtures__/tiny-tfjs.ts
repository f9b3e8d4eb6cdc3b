import type { io } from '@tensorflow/tfjs-core';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EncoderManifest } from '../manifest.js';
import { type ModelFolder, readModelFolder } from '../model-folder.js';

export const TINY_SIDE = 16;
const CHANNELS = 8;
const CLASSES = 5;

/** Numbers between −0.5 and 0.5 that look random. */
const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => ((Math.imul(i + 1, seed) >>> 8) % 1000) / 1000 - 0.5);

const WEIGHTS = [
  { name: 'conv/kernel', shape: [3, 3, 3, CHANNELS], values: numbers(27 * CHANNELS, 2654435761) },
  { name: 'conv/bias', shape: [CHANNELS], values: numbers(CHANNELS, 40503) },
  { name: 'logits/kernel', shape: [CHANNELS, CLASSES], values: numbers(CHANNELS * CLASSES, 97531) },
  { name: 'logits/bias', shape: [CLASSES], values: numbers(CLASSES, 7919) },
] as const;

const input = {
  class_name: 'InputLayer',
  name: 'image',
  config: { batch_input_shape: [null, null, null, 3], name: 'image' },
};
const layer = (class_name: string, name: string, from: string, config: object = {}) => ({
  class_name,
  name,
  config: { name, ...config },
  inbound_nodes: [[[from, 0, 0, {}]]],
});

/** Convolution, rectifier, mean over the picture, logits: as a layers model. */
const LAYERS_TOPOLOGY = {
  class_name: 'Model',
  config: {
    name: 'tiny',
    layers: [
      { ...input, inbound_nodes: [] },
      layer('Conv2D', 'conv', 'image', { filters: CHANNELS, kernel_size: [3, 3], strides: [2, 2], padding: 'same' }),
      layer('ReLU', 'relu', 'conv'),
      layer('GlobalAveragePooling2D', 'pooled', 'relu'),
      layer('Dense', 'logits', 'pooled', { units: CLASSES, activation: 'linear' }),
    ],
    input_layers: [['image', 0, 0]],
    output_layers: [['logits', 0, 0]],
  },
};

const FLOAT = { type: 'DT_FLOAT' };
const constant = (name: string) => ({ name, op: 'Const', attr: { dtype: FLOAT } });
const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
const ints = (...values: number[]) => ({ list: { i: values.map(String) } });

/** The same network as a graph model. */
const GRAPH_TOPOLOGY = {
  node: [
    {
      name: 'image',
      op: 'Placeholder',
      attr: { dtype: FLOAT, shape: { shape: { dim: ['-1', '-1', '-1', '3'].map((size) => ({ size })) } } },
    },
    ...WEIGHTS.map(({ name }) => constant(name)),
    { name: 'axes', op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
    {
      name: 'conv',
      op: 'Conv2D',
      input: ['image', 'conv/kernel'],
      attr: {
        T: FLOAT,
        strides: ints(1, 2, 2, 1),
        dilations: ints(1, 1, 1, 1),
        padding: text('SAME'),
        data_format: text('NHWC'),
      },
    },
    { name: 'biased', op: 'BiasAdd', input: ['conv', 'conv/bias'], attr: { T: FLOAT } },
    { name: 'relu', op: 'Relu', input: ['biased'], attr: { T: FLOAT } },
    { name: 'pooled', op: 'Mean', input: ['relu', 'axes'], attr: { T: FLOAT, keep_dims: { b: false } } },
    { name: 'product', op: 'MatMul', input: ['pooled', 'logits/kernel'], attr: { T: FLOAT } },
    { name: 'logits', op: 'BiasAdd', input: ['product', 'logits/bias'], attr: { T: FLOAT } },
  ],
  versions: { producer: 1 },
};

/**
 * Writes a network of a few hundred weights as a TensorFlow.js model folder and reads it as any other.
 *
 * @param root folder to put it in
 * @param change laid over the manifest
 */
export async function tinyTfjsModel(
  root: string,
  format: 'graph' | 'layers',
  change: Partial<EncoderManifest> = {},
): Promise<ModelFolder> {
  const name = `tiny-${format}`;
  const folder = path.join(root, name);
  await mkdir(folder, { recursive: true });
  const axes = Int32Array.of(1, 2);
  const arrays = [...WEIGHTS.map(({ values }) => values), ...(format === 'graph' ? [axes] : [])];
  const weights = Buffer.concat(arrays.map(({ buffer }) => Buffer.from(buffer)));
  const specs: io.WeightsManifestEntry[] = [
    ...WEIGHTS.map(({ name, shape }) => ({ name, shape: [...shape], dtype: 'float32' as const })),
    ...(format === 'graph' ? [{ name: 'axes', shape: [2], dtype: 'int32' as const }] : []),
  ];
  const model = JSON.stringify({
    format: `${format}-model`,
    modelTopology: format === 'graph' ? GRAPH_TOPOLOGY : LAYERS_TOPOLOGY,
    weightsManifest: [{ paths: ['weights.bin'], weights: specs }],
  });
  const manifest: EncoderManifest = {
    name,
    description: 'A network for tests.',
    input: {
      tensor: 'image',
      layout: 'nhwc',
      colour: 'rgb',
      normalisation: { mean: [128, 128, 128], scale: [0.01, 0.01, 0.01] },
      view: { size: TINY_SIDE, resize: { rule: 'shortest-side', to: TINY_SIDE }, kernel: 'linear', antialias: true },
    },
    taps: {
      penultimate: { tensor: 'pooled', pooling: 'none', dimension: CHANNELS },
      logits: { tensor: 'logits', pooling: 'none', dimension: CLASSES },
      stage: { tensor: 'relu', pooling: 'mean', dimension: CHANNELS },
    },
    files: {
      tfjs: {
        path: 'model.json',
        sha256: sha256(model),
        format,
        weights: [{ path: 'weights.bin', sha256: sha256(weights) }],
      },
    },
    licence: 'Apache-2.0',
    source: 'Drawn up for the tests.',
    ...change,
  };
  await writeFile(path.join(folder, 'model.json'), model);
  await writeFile(path.join(folder, 'weights.bin'), weights);
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
  return readModelFolder(folder);
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
