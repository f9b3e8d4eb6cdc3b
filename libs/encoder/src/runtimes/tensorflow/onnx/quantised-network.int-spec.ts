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
 * A residual network as `quantize_static` writes it: everything between QuantizeLinear and DequantizeLinear, so that ONNX
 * Runtime computes in whole numbers what TensorFlow.js computes in float32.
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
