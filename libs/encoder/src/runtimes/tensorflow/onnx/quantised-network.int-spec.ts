import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OnnxBuilder } from '../../../import/__fixtures__/onnx-builder.js';
import { ELEMENT } from '../../../import/onnx/onnx-schema.js';
import { cosineOf } from '../../../self-check/compare-vectors.js';
import { BothRuntimes } from './__fixtures__/both-runtimes.js';

const SHAPE = [2, 3, 32, 32] as const;
let both: BothRuntimes;
beforeAll(async () => (both = await BothRuntimes.open()));
afterAll(() => both.close());

/**
 * A residual network as `quantize_static` writes it: everything between QuantizeLinear and DequantizeLinear. Pooling and the
 * linear layer ONNX Runtime computes in whole numbers, TensorFlow.js in float32.
 */
function network(): { bytes: Buffer; outputs: string[] } {
  const b = new OnnxBuilder('int8');
  let x = b.quantised(b.input('x', ['N', ...SHAPE.slice(1)], ELEMENT.float32), 4 / 255, 128);
  // Activations in both ways they are written: as an operation, and left to codes that begin at zero.
  x = b.quantised(b.relu(b.conv(x, 3, 16, 3, 2)), 0.006, 0);
  for (const step of [0.007, 0.008]) {
    const y = b.quantised(b.conv(x, 16, 16, 3), 0.006, 0);
    const z = b.quantised(b.conv(y, 16, 16, 3, 1, 16), 0.006, 128);
    x = b.quantised(b.op('Add', [z, x]), step, 0);
  }
  x = b.quantised(b.op('Clip', [b.conv(x, 16, 64, 1), b.constant([], 0), b.constant([], 6)]), 0.005, 0);
  x = b.quantised(b.maxPool(x), 0.005, 0);
  const vector = b.op('Flatten', [b.quantised(b.op('GlobalAveragePool', [x]), 0.0025, 0)]);
  const logits = b.quantised(b.linear(b.quantised(vector, 0.0025, 0), 64, 100), 0.0025, 128);
  const outputs = [vector, logits];
  return { bytes: b.bytes(outputs, 13), outputs };
}

/** Like a photo's tensor: seeded, −2 … 2. */
function noise(seed: number): Float32Array {
  let state = seed;
  const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  return Float32Array.from({ length: 2 * 3 * 32 * 32 }, () => 4 * next() - 2);
}

/** Deep enough for one code that differs to be seen in what follows. */
function trunk(seed: number): { bytes: Buffer; outputs: string[] } {
  const b = new OnnxBuilder('int8', seed);
  const clipped = (x: string, most: number) => b.op('Clip', [x, b.constant([], 0), b.constant([], most)]);
  let x = b.quantised(b.input('x', ['N', ...SHAPE.slice(1)], ELEMENT.float32), 4 / 255, 128);
  x = b.quantised(clipped(b.conv(x, 3, 24, 3, 2), 2), 0.0061, 0);
  for (let block = 0; block < 4; block++) {
    const y = b.quantised(clipped(b.conv(x, 24, 32, 1), 2), 0.0057, 0);
    const z = b.quantised(b.conv(y, 32, 24, 3), 0.0093 + block / 1000, 131);
    x = b.quantised(clipped(b.op('Add', [x, z]), 4), 0.0071 + block / 1000, 0);
  }
  const outputs = [b.quantised(b.conv(x, 24, 20, 3), 0.0103, 117)];
  return { bytes: b.bytes(outputs, 13), outputs };
}

/** A graph that adds each pair of codes, in steps of many kinds. */
function sums(): { bytes: Buffer; outputs: string[] } {
  const b = new OnnxBuilder();
  const grid = (step: number, zero: number) => [b.constant([], step), b.whole('uint8', [zero], [])];
  const x = b.input('x', ['N', 2, 256, 256], ELEMENT.float32);
  const [first = '', second = ''] = b.split([b.op('QuantizeLinear', [x, ...grid(1, 0)])], 2, 1);
  const outputs = Array.from({ length: 24 }, (_, i) => {
    const [ofA, ofB] = [grid(0.0113 + i / 997, (i * 41) % 256), grid(0.0217 + i / 1499, (i * 67) % 256)];
    const ofSum = grid(0.0331 + i / 1201, (i * 29) % 256);
    const added = b.op('QLinearAdd', [first, ...ofA, second, ...ofB, ...ofSum]);
    return b.op('Cast', [added], { to: ELEMENT.float32 });
  });
  return { bytes: b.bytes(outputs, 13), outputs };
}

const unequal = (mine: readonly number[], theirs: readonly number[]) =>
  mine.filter((number, i) => number !== theirs[i]).length;

describe('a quantised network on TensorFlow.js', () => {
  it.each([1, 2, 3, 4, 5, 6])('answers as on ONNX Runtime to the random pictures of seed %i', async (seed) => {
    const { bytes, outputs } = network();
    for (const [mine, theirs] of await both.answers(bytes, outputs, noise(seed), SHAPE)) {
      expect(mine.dims).toEqual(theirs.dims);
      // What is compared has to be more than a few codes.
      expect(new Set(theirs.data).size).toBeGreaterThan(10);
      expect(cosineOf(Float32Array.from(mine.data), Float32Array.from(theirs.data))).toBeGreaterThan(0.9999);
    }
  });
});

// ONNX Runtime adds codes with other roundings on processors of another kind.
describe.runIf(process.arch === 'x64')('codes on TensorFlow.js', () => {
  it.each([1, 2, 3, 4, 5, 6])('are those of ONNX Runtime throughout the random network of seed %i', async (seed) => {
    const { bytes, outputs } = trunk(seed);
    for (const [mine, theirs] of await both.answers(bytes, outputs, noise(seed), SHAPE)) {
      expect(new Set(theirs.data).size).toBeGreaterThan(100);
      expect(unequal(mine.data, theirs.data)).toBe(0);
    }
  });

  it('are those of ONNX Runtime for every pair that is added', async () => {
    const { bytes, outputs } = sums();
    const pairs = Float32Array.from({ length: 2 * 65_536 }, (_, i) => (i < 65_536 ? i >> 8 : i & 255));
    const answers = await both.answers(bytes, outputs, pairs, [1, 2, 256, 256]);
    expect(answers.map(([mine, theirs]) => unequal(mine.data, theirs.data))).toEqual(outputs.map(() => 0));
  });
});
