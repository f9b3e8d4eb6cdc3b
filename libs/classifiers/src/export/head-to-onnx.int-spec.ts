import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import type { HeadDocument } from '../scoring/head-document.js';
import { HeadScorer } from '../scoring/head-scorer.js';
import { pack64 } from '../scoring/pack.js';
import { HEAD_KEY, headToOnnx } from './head-to-onnx.js';
import { encodeModel, type OnnxGraph } from './onnx-proto.js';
import { headOfOnnx } from './onnx-to-head.js';

/** Numbers that look random and are always the same. */
function wave(length: number, step: number): Float64Array {
  return Float64Array.from({ length }, (_, at) => Math.sin((at + 1) * step) * 0.7);
}

function head(mode: HeadDocument['mode'], hidden: readonly number[]): HeadDocument {
  const widths = [6, ...hidden, 3];
  return {
    format: 'likeness-head',
    version: 1,
    kind: hidden.length > 0 ? 'mlp' : 'softmax',
    mode,
    categories: ['a', 'b', 'c'].map((name, at) => ({ id: String(at + 1), name })),
    encoderFingerprint: 'ab'.repeat(32),
    taps: [
      { name: 'stage4', dimension: 2 },
      { name: 'penultimate', dimension: 4 },
    ],
    standardiser: { mean: pack64(wave(6, 0.9)), scale: pack64(wave(6, 0.3).map((value) => 1 + value)) },
    layers: widths.slice(1).map((outputs, at) => ({
      inputs: widths[at] ?? 0,
      outputs,
      weights: pack64(wave(outputs * (widths[at] ?? 0), 1.7 + at)),
      bias: pack64(wave(outputs, 2.3)),
    })),
    calibration:
      mode === 'single'
        ? { kind: 'temperature', slope: 1.6 }
        : { kind: 'platt', slopes: [1.1, 0.7, 2], offsets: [0.2, -0.4, 0] },
    thresholds: [0.5, null, 0.7],
    refusal: null,
  };
}

test.each([
  ['softmax', head('single', [])],
  ['several yes/no questions', head('multi', [])],
  ['hidden layers', head('single', [5, 4])],
])('%s: ONNX Runtime gives the same scores', async (_what, document) => {
  const features = Float32Array.from(wave(4 * 6, 0.61));
  const session = await InferenceSession.create(headToOnnx(document));
  const { scores } = await session.run({ features: new Tensor('float32', features, [4, 6]) });
  expect(scores?.dims).toEqual([4, 3]);
  const ours = new HeadScorer(document).scores(features);
  (scores?.data as Float32Array).forEach((score, at) => expect(score).toBeCloseTo(ours[at] ?? NaN, 5));
  await session.release();
});

describe('headOfOnnx', () => {
  test.each([head('single', []), head('multi', []), head('single', [5, 4])])(
    'gives back the head, bit for bit',
    (document) => {
      expect(headOfOnnx(headToOnnx(document))).toEqual(document);
    },
  );

  const graph: OnnxGraph = {
    name: 'foreign',
    nodes: [{ op_type: 'Relu', input: ['x'], output: ['y'] }],
    tensors: [],
    input: { name: 'x', width: 2 },
    output: { name: 'y', width: 2 },
    metadata: { author: 'somebody' },
  };
  const whole = headToOnnx(head('single', []));

  test.each<[string, Buffer, RegExp, string | undefined]>([
    [
      'a network of other origin',
      encodeModel(graph),
      /^This ONNX model was not exported from a version here/,
      'author',
    ],
    ['one that says nothing of itself', encodeModel({ ...graph, metadata: {} }), /no likeness_head/, 'no metadata'],
    [
      'one whose head is damaged',
      encodeModel({ ...graph, metadata: { [HEAD_KEY]: '{' } }),
      /is damaged/,
      'something else',
    ],
    [
      'one whose head is none',
      encodeModel({ ...graph, metadata: { [HEAD_KEY]: '{}' } }),
      /^This is not a head/,
      undefined,
    ],
    ['a file that was cut off', whole.subarray(0, whole.length - 100), /^This is no ONNX model/, 'something else'],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), /^This is no ONNX model/, 'something else'],
    ['nothing', Buffer.alloc(0), /^This is no ONNX model/, 'something else'],
    ['JSON', Buffer.from(JSON.stringify(head('single', []))), /^This is no ONNX model/, 'something else'],
  ])('refuses %s, and says why', (_what, bytes, message, received) => {
    const fields =
      received === undefined ? {} : { fields: [expect.objectContaining({ path: 'file', received }) as object] };
    expect(() => headOfOnnx(bytes)).toThrow(
      expect.objectContaining({
        code: 'head_invalid',
        message: expect.stringMatching(message) as string,
        ...fields,
      }) as Error,
    );
  });
});
