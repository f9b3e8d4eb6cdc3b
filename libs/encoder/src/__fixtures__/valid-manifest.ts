import type { EncoderManifest } from '../manifest.js';

/** A manifest with every part filled in, fresh at every call. */
export function validManifest(): EncoderManifest {
  return {
    name: 'example',
    description: 'An example.',
    input: {
      tensor: 'image',
      layout: 'nchw',
      colour: 'rgb',
      normalisation: { mean: [0, 0, 0], scale: [1, 1, 1] },
      view: { size: 128, resize: { rule: 'shortest-side', to: 144 }, kernel: 'cubic', antialias: true },
    },
    taps: {
      penultimate: { tensor: 'embedding', pooling: 'none', dimension: 512 },
      stage4: { tensor: 'map4', pooling: 'mean', dimension: 96 },
    },
    nearDuplicates: { penultimate: 0.7 },
    featureMap: { tensor: 'map', channels: 576 },
    labels: 'labels.txt',
    files: { onnx: { path: 'model.onnx', sha256: 'ab'.repeat(32) } },
    licence: 'Apache-2.0',
    source: 'Drawn up for the tests.',
  };
}
