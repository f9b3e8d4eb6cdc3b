import { describe, expect, it } from 'vitest';
import { DomainError } from '#libs/errors';
import { validManifest } from './__fixtures__/valid-manifest.js';
import { parseManifest } from './manifest.js';

function problemsOf(value: unknown) {
  try {
    parseManifest(value, 'models/example/manifest.json');
  } catch (error) {
    if (error instanceof DomainError && error.code === 'encoder_invalid') return error.fields;
    throw error;
  }
  return [];
}

describe('parseManifest', () => {
  it('takes a complete manifest as it is', () => {
    expect(parseManifest(validManifest(), 'here')).toEqual(validManifest());
  });

  it('takes one without labels and feature map', () => {
    const least = { ...validManifest(), labels: undefined, featureMap: undefined };
    expect(parseManifest(least, 'here')).toEqual(least);
  });

  it('names unknown keys by their path, at every depth', () => {
    const manifest = { ...validManifest(), colour: 'red' };
    const view = { ...manifest.input.view, crop: 'centre' };
    expect(problemsOf({ ...manifest, input: { ...manifest.input, view } })).toEqual([
      { path: 'input.view.crop', expected: 'no such field', received: '"centre"' },
      { path: 'colour', expected: 'no such field', received: '"red"' },
    ]);
  });

  it('lists everything that is wrong at once, with what arrived', () => {
    const manifest = validManifest();
    const problems = problemsOf({
      ...manifest,
      name: undefined,
      taps: { penultimate: { tensor: 'embedding', pooling: 'median', dimension: 0 } },
      input: { ...manifest.input, layout: 'hwc' },
    });
    expect(problems.map(({ path, received }) => [path, received])).toEqual([
      ['name', 'nothing'],
      ['input.layout', '"hwc"'],
      ['taps.penultimate.pooling', '"median"'],
      ['taps.penultimate.dimension', '0'],
    ]);
  });

  it('refuses a cosine of near-duplicates that no list can ask for', () => {
    expect(problemsOf({ ...validManifest(), nearDuplicates: { penultimate: 0.4 } })).toMatchObject([
      { path: 'nearDuplicates.penultimate', received: '0.4' },
    ]);
  });

  it.each(['../model.onnx', '/etc/passwd', 'a/../../b', '.hidden', 'a\\b', ''])('refuses the file path %j', (path) => {
    const files = { onnx: { path, sha256: 'ab'.repeat(32) } };
    expect(problemsOf({ ...validManifest(), files }).map((problem) => problem.path)).toEqual(['files.onnx.path']);
  });

  it('refuses a view larger than the picture it is cut from, and kernels that cannot be (un)antialiased', () => {
    const manifest = validManifest();
    const withView = (change: object) => ({
      ...manifest,
      input: { ...manifest.input, view: { ...manifest.input.view, ...change } },
    });
    expect(problemsOf(withView({ size: 145 }))).toMatchObject([{ path: 'input.view.resize.to', received: '144' }]);
    expect(problemsOf(withView({ kernel: 'lanczos3', antialias: false }))).toMatchObject([
      { path: 'input.view.antialias', received: 'false' },
    ]);
    expect(problemsOf(withView({ kernel: 'nearest' }))).toMatchObject([{ path: 'input.view.antialias' }]);
    expect(problemsOf(withView({ kernel: 'linear', antialias: false }))).toEqual([]);
  });

  it('takes other runtimes’ files in place of ONNX or beside it, and refuses a manifest without any', () => {
    const { onnx } = validManifest().files;
    const sha256 = 'cd'.repeat(32);
    const tfjs = { path: 'tfjs/model.json', sha256, format: 'graph', weights: [{ path: 'tfjs/1.bin', sha256 }] };
    const savedModel = {
      path: 'saved',
      signature: 'serving_default',
      files: [{ path: 'saved/saved_model.pb', sha256 }],
    };
    for (const files of [{ tfjs }, { savedModel }, { onnx, tfjs, savedModel }]) {
      expect(problemsOf({ ...validManifest(), files })).toEqual([]);
    }
    expect(problemsOf({ ...validManifest(), files: {} })).toMatchObject([{ path: 'files' }]);
    expect(
      problemsOf({ ...validManifest(), files: { tfjs: { ...tfjs, weights: [{ path: '../1.bin', sha256 }] } } }),
    ).toMatchObject([{ path: 'files.tfjs.weights.0.path' }]);
  });

  it('takes tokens left out of a mean, and nowhere else', () => {
    const withTap = (tap: object) => ({
      ...validManifest(),
      taps: { tokens: { tensor: 't', dimension: 384, ...tap } },
    });
    expect(problemsOf(withTap({ pooling: 'mean', skipTokens: 1 }))).toEqual([]);
    expect(problemsOf(withTap({ pooling: 'first-token' }))).toEqual([]);
    expect(problemsOf(withTap({ pooling: 'first-token', skipTokens: 1 }))).toMatchObject([
      { path: 'taps.tokens.skipTokens' },
    ]);
  });

  it('refuses a manifest without taps', () => {
    expect(problemsOf({ ...validManifest(), taps: {} })).toMatchObject([{ path: 'taps' }]);
  });

  it.each([null, [], 'text', 3])('refuses %j', (value) => {
    expect(problemsOf(value)).toMatchObject([{ path: '(whole file)' }]);
  });
});
