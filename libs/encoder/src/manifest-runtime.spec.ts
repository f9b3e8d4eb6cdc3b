import { describe, expect, it } from 'vitest';
import { validManifest } from './__fixtures__/valid-manifest.js';
import { manifestFor } from './manifest-runtime.js';

const sha256 = 'cd'.repeat(32);
const tfjs = { path: 'tfjs/model.json', sha256, format: 'graph' as const, weights: [{ path: 'tfjs/1.bin', sha256 }] };

describe('manifestFor', () => {
  it('leaves a manifest as it is for the runtime whose names it uses', () => {
    const manifest = validManifest();
    expect(manifestFor(manifest, 'onnx')).toBe(manifest);
    expect(manifestFor(manifest, 'tfjs')).toBe(manifest);
  });

  it('puts in the tensors and layouts of another runtime and keeps those it does not restate', () => {
    const manifest = {
      ...validManifest(),
      files: {
        ...validManifest().files,
        tfjs: {
          ...tfjs,
          input: { tensor: 'serving_image', layout: 'nhwc' as const },
          tensors: { stage4: { tensor: 'block4/out', layout: 'nhwc' as const } },
          featureMap: { tensor: 'last/out' },
        },
      },
    };
    const seen = manifestFor(manifest, 'tfjs');
    expect(seen.input).toMatchObject({ tensor: 'serving_image', layout: 'nhwc', colour: 'rgb' });
    expect(seen.taps).toEqual({
      penultimate: { tensor: 'embedding', pooling: 'none', dimension: 512, layout: 'nchw' },
      stage4: { tensor: 'block4/out', pooling: 'mean', dimension: 96, layout: 'nhwc' },
    });
    expect(seen.featureMap).toEqual({ tensor: 'last/out', channels: 576, layout: 'nchw' });
  });
});
