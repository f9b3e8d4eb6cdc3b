import type { HeadDocument } from '../../scoring/head-document.js';
import { pack64 } from '../../scoring/pack.js';

/** A linear head on two taps of two components each: the first two categories look at the first, the third at the second. */
export function sampleHead(weights = [1, 0.5, 0, 0, 0.9, 0.6, 0, 0, 0, 0, -2, 1]): HeadDocument {
  return {
    format: 'likeness-head',
    version: 1,
    kind: 'softmax',
    mode: 'multi',
    categories: ['daisy', 'iris', 'snow <drop> & co'].map((name, at) => ({ id: String(at + 1), name })),
    encoderFingerprint: 'sample',
    taps: [
      { name: 'penultimate', dimension: 2 },
      { name: 'stage4', dimension: 2 },
    ],
    standardiser: { mean: pack64(new Float64Array(4)), scale: pack64(new Float64Array(4).fill(1)) },
    layers: [{ inputs: 4, outputs: 3, weights: pack64(Float64Array.from(weights)), bias: pack64(new Float64Array(3)) }],
    calibration: { kind: 'platt', slopes: [1, 1, 1], offsets: [0, 0, 0] },
    thresholds: [null, null, null],
    refusal: null,
  };
}
