import { memory } from '@tensorflow/tfjs-core';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OnnxBuilder } from '../../../import/__fixtures__/onnx-builder.js';
import { ELEMENT } from '../../../import/onnx/onnx-schema.js';
import { openTensorflow, type TensorflowLibrary } from '../tensorflow-library.js';
import { OnnxGraphNetwork } from './onnx-graph-network.js';

let library: TensorflowLibrary;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'likeness-onnx-graph-'));
  library = await openTensorflow('tfjs-wasm');
});
afterAll(() => rm(root, { recursive: true }));

async function load(
  build: (b: OnnxBuilder, x: string) => string | string[],
): Promise<{ network: OnnxGraphNetwork; outputs: string[] }> {
  const b = new OnnxBuilder();
  const outputs = [build(b, b.input('x', ['N', 4], ELEMENT.float32))].flat();
  const file = path.join(root, 'graph.onnx');
  await writeFile(file, b.bytes(outputs));
  return { network: await OnnxGraphNetwork.load(library, file, outputs), outputs };
}

/** What the graph makes of zeros. */
async function answersTo(build: (b: OnnxBuilder, x: string) => string | string[]): Promise<number[][]> {
  const { network, outputs } = await load(build);
  const input = library.core.zeros([1, 4]);
  const given = await network.run(input, outputs);
  return outputs.map((name) => [...(given[name]?.dataSync() ?? [])]);
}

describe('constants of an ONNX file', () => {
  const values = [1, -2, 0.5, 3];
  const bytes = (array: ArrayBufferView) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

  it.each<[string, number, Record<string, unknown>]>([
    ['float32 as bytes', ELEMENT.float32, { rawData: bytes(Float32Array.from(values)) }],
    ['float32 as a list', ELEMENT.float32, { floatData: values }],
    ['float64 as bytes', ELEMENT.float64, { rawData: bytes(Float64Array.from(values)) }],
    ['float64 as a list', ELEMENT.float64, { doubleData: values }],
    ['float16 as bytes', ELEMENT.float16, { rawData: bytes(Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x4200)) }],
    ['float16 as a list', ELEMENT.float16, { int32Data: [0x3c00, 0xc000, 0x3800, 0x4200] }],
  ])('%s', async (_name, dataType, numbers) => {
    const [answer] = await answersTo((b, x) =>
      b.op('Add', [x, b.op('Cast', [b.initializer({ dims: [4], dataType, ...numbers })], { to: 1 })]),
    );
    expect(answer).toEqual(values);
  });

  it.each<[string, number, Record<string, unknown>]>([
    ['int64 as bytes', ELEMENT.int64, { rawData: bytes(BigInt64Array.of(1n, -2n, 7n, 9_000_000_000n)) }],
    ['int64 as a list', ELEMENT.int64, { int64Data: [1, -2, 7, 9_000_000_000] }],
  ])('%s, kept within 32 bits', async (_name, dataType, numbers) => {
    const [answer] = await answersTo((b, x) =>
      b.op('Add', [x, b.op('Cast', [b.initializer({ dims: [4], dataType, ...numbers })], { to: 1 })]),
    );
    expect(answer?.slice(0, 3)).toEqual([1, -2, 7]);
    expect(answer?.[3]).toBeCloseTo(2 ** 31, -3);
  });

  it('int32, int8, uint8 and truth values', async () => {
    const answers = await answersTo((b, x) =>
      [
        b.initializer({ dims: [4], dataType: ELEMENT.int32, rawData: bytes(Int32Array.of(1, -2, 3, 4)) }),
        b.initializer({ dims: [4], dataType: ELEMENT.int8, rawData: bytes(Int8Array.of(1, -2, 3, 4)) }),
        b.initializer({ dims: [4], dataType: ELEMENT.uint8, int32Data: [1, 254, 3, 4] }),
        b.initializer({ dims: [4], dataType: ELEMENT.bool, rawData: Buffer.from([0, 1, 1, 0]) }),
      ].map((constant) => b.op('Add', [x, b.op('Cast', [constant], { to: 1 })])),
    );
    expect(answers).toEqual([
      [1, -2, 3, 4],
      [1, -2, 3, 4],
      [1, 254, 3, 4],
      [0, 1, 1, 0],
    ]);
  });

  it('in a file beside the model', async () => {
    await writeFile(path.join(root, 'weights.bin'), Buffer.concat([Buffer.alloc(8), bytes(Float32Array.from(values))]));
    const external = (key: string, value: string) => ({ key, value });
    const [answer] = await answersTo((b, x) =>
      b.op('Add', [
        x,
        b.initializer({
          dims: [4],
          dataType: ELEMENT.float32,
          dataLocation: 1,
          externalData: [external('location', 'weights.bin'), external('offset', '8'), external('length', '16')],
        }),
      ]),
    );
    expect(answer).toEqual(values);
  });
});

describe('an ONNX graph on TensorFlow.js', () => {
  it('names every operation that is not covered', async () => {
    const loading = load((b, x) => b.op('Levitate', [b.op('Relu', [b.op('Bend', [x])])]));
    await expect(loading).rejects.toMatchObject({
      code: 'model_unsupported',
      message: /cannot compute Bend, Levitate from an ONNX file/,
    });
  });

  it('does not mind an operation that no tap needs', async () => {
    const answers = await answersTo((b, x) => {
      b.op('Levitate', [x]);
      return b.op('Relu', [x]);
    });
    expect(answers).toEqual([[0, 0, 0, 0]]);
  });

  it('says what of an operation is not covered', async () => {
    const { network, outputs } = await load((b, x) =>
      b.op('MaxPool', [b.op('Reshape', [x, b.integers([1, 1, 2, 2])])], { kernel_shape: [1, 1], dilations: [2, 2] }),
    );
    expect(() => network.run(library.core.zeros([1, 4]), outputs)).toThrow(/MaxPool with dilations/);
  });

  it.each([
    [{ mode: 'cubic' }, /Resize with the mode cubic/],
    [{ mode: 'linear', antialias: 1 }, /Resize with antialias/],
    [{ coordinate_transformation_mode: 'tf_crop_and_resize' }, /Resize with coordinates by tf_crop_and_resize/],
    [{ keep_aspect_ratio_policy: 'not_larger' }, /Resize with sizes that keep the aspect ratio/],
  ])('resizes by places and straight lines only: not with %o', async (attributes, message) => {
    const { network, outputs } = await load((b, x) =>
      b.op('Resize', [b.op('Reshape', [x, b.integers([1, 1, 2, 2])]), '', '', b.integers([1, 1, 4, 4])], attributes),
    );
    expect(() => network.run(library.core.zeros([1, 4]), outputs)).toThrow(message);
  });

  it.each<[string, RegExp, (b: OnnxBuilder, x: string) => string]>([
    [
      'blocks',
      /DequantizeLinear with a step for each block of an axis/,
      (b, x) => {
        const weights = b.whole('int8', [1, 2, 3, 4], [1, 4]);
        return b.op('Add', [x, b.op('DequantizeLinear', [weights, b.constant([1, 2])], { block_size: 2 })]);
      },
    ],
    [
      'codes of 16 bits',
      /QuantizeLinear with codes of element type 4 /,
      (b, x) => b.op('QuantizeLinear', [x, b.constant([])], { output_dtype: 4 }),
    ],
    [
      'a zero point that is computed',
      /QuantizeLinear with a zero point of unknown type/,
      (b, x) => b.op('QuantizeLinear', [x, b.constant([]), b.op('Abs', [b.whole('int8', [3], [])])]),
    ],
  ])('refuses quantisation with %s', async (_what, message, build) => {
    const run = async () => {
      const { network, outputs } = await load(build);
      return network.run(library.core.zeros([1, 4]), outputs);
    };
    await expect(run()).rejects.toMatchObject({ code: 'model_unsupported', message });
  });

  it('gives its memory back: of a run, of a run that fails, and in the end its own', async () => {
    const before = memory().numTensors;
    const { network, outputs } = await load((b, x) => {
      const map = b.conv(b.op('Reshape', [x, b.integers([-1, 1, 2, 2])]), 1, 3, 3);
      return [b.op('Flatten', [b.relu(map)]), map, b.op('MaxPool', [map], { kernel_shape: [1, 1], dilations: [2, 2] })];
    });
    const input = library.core.zeros([2, 4]);
    const [flat = '', map = '', broken = ''] = outputs;
    const run = async () => Object.values(await network.run(input, [flat, map])).forEach((output) => output.dispose());
    await run();
    const loaded = memory().numTensors;
    await run();
    expect(() => network.run(input, [broken])).toThrow();
    expect(memory().numTensors).toBe(loaded);
    network.dispose();
    input.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
