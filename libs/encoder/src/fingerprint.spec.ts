import { describe, expect, it } from 'vitest';
import { validManifest } from './__fixtures__/valid-manifest.js';
import { canonicalJson, fingerprintOf } from './fingerprint.js';
import type { EncoderManifest } from './manifest.js';

const base = validManifest();
const onnx = { path: 'model.onnx', sha256: 'ab'.repeat(32) };
const tfjs = {
  path: 'tfjs/model.json',
  sha256: 'cd'.repeat(32),
  format: 'layers' as const,
  weights: [
    { path: 'tfjs/1.bin', sha256: 'ef'.repeat(32) },
    { path: 'tfjs/2.bin', sha256: '01'.repeat(32) },
  ],
};
const input = (change: Partial<EncoderManifest['input']>): EncoderManifest => ({
  ...base,
  input: { ...base.input, ...change },
});

/** The same value with the keys of every object in reverse order. */
function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, entry]) => [key, reversed(entry)]),
  );
}

describe('fingerprintOf', () => {
  it('is 64 hexadecimal digits and stays what it is', () => {
    // Changes only together with SCHEME: every stored embedding is kept under its fingerprint.
    expect(fingerprintOf(base)).toBe('a30ae59b8ced8fc9154035112b42f1610a8634a81482998a5bf9434f80b03b96');
  });

  it('tells TensorFlow.js weights by every shard and their order', () => {
    const shards = (weights: typeof tfjs.weights) => fingerprintOf({ ...base, files: { tfjs: { ...tfjs, weights } } });
    expect(shards([...tfjs.weights].reverse())).not.toBe(shards(tfjs.weights));
    expect(shards(tfjs.weights.slice(0, 1))).not.toBe(shards(tfjs.weights));
  });

  it('does not depend on the order of keys', () => {
    const turned = reversed(base) as EncoderManifest;
    expect(JSON.stringify(turned)).not.toBe(JSON.stringify(base));
    expect(fingerprintOf(turned)).toBe(fingerprintOf(base));
  });

  it.each<[string, EncoderManifest]>([
    ['weights', { ...base, files: { onnx: { path: 'model.onnx', sha256: 'cd'.repeat(32) } } }],
    ['size of the view', input({ view: { ...base.input.view, size: 120 } })],
    ['resize', input({ view: { ...base.input.view, resize: { rule: 'shortest-side', to: 160 } } })],
    ['kernel', input({ view: { ...base.input.view, kernel: 'linear' } })],
    ['colour order', input({ colour: 'bgr' })],
    ['mean', input({ normalisation: { mean: [1, 0, 0], scale: [1, 1, 1] } })],
    ['order of the means', input({ normalisation: { mean: [0, 1, 0], scale: [1, 1, 1] } })],
    ['rule', input({ view: { ...base.input.view, resize: { rule: 'stretch', to: 144 } } })],
    ['antialiasing', input({ view: { ...base.input.view, antialias: false } })],
    [
      'external weights',
      { ...base, files: { onnx: { ...onnx, data: [{ path: 'model.data', sha256: onnx.sha256 }] } } },
    ],
    ['runtime file the weights are in', { ...base, files: { tfjs } }],
    ['pooling', { ...base, taps: { ...base.taps, stage4: { tensor: 'map4', pooling: 'none', dimension: 96 } } }],
    [
      'tensor of a tap',
      { ...base, taps: { ...base.taps, stage4: { tensor: 'map3', pooling: 'mean', dimension: 96 } } },
    ],
  ])('changes with the %s', (_what, changed) => {
    expect(fingerprintOf(changed)).not.toBe(fingerprintOf(base));
  });

  it.each<[string, Partial<EncoderManifest>]>([
    ['name', { name: 'other' }],
    ['description', { description: 'Other.' }],
    ['licence', { licence: 'MIT' }],
    ['source', { source: 'Elsewhere.' }],
    ['labels', { labels: 'names.txt' }],
    ['cosine of near-duplicates', { nearDuplicates: { penultimate: 0.9 } }],
    ['largest batch', { input: { ...base.input, maxBatch: 1 } }],
    ['same weights for another runtime', { files: { onnx, tfjs } }],
    ['file name', { files: { onnx: { path: 'weights.onnx', sha256: 'ab'.repeat(32) } } }],
  ])('does not change with the %s', (_what, change) => {
    expect(fingerprintOf({ ...base, ...change })).toBe(fingerprintOf(base));
  });
});

describe('canonicalJson', () => {
  it('sorts keys at every depth and leaves arrays in order', () => {
    expect(canonicalJson({ b: [2, 1, { d: 1, c: null }], a: 'x' })).toBe('{"a":"x","b":[2,1,{"c":null,"d":1}]}');
  });
});
