import type { HeadDocument } from '#libs/classifiers';

const packed = (numbers: Float64Array): string => Buffer.from(numbers.buffer).toString('base64');
const wave = (length: number): Float64Array => Float64Array.from({ length }, (_, at) => Math.sin(at * 0.37));

/** A softmax head with made-up weights. */
export function linearHead(categories: number, dimension: number, encoderFingerprint: string): HeadDocument {
  return {
    format: 'likeness-head',
    version: 1,
    kind: 'softmax',
    mode: 'single',
    categories: Array.from({ length: categories }, (_, at) => ({ id: String(at + 1), name: `category ${at + 1}` })),
    encoderFingerprint,
    taps: [{ name: 'penultimate', dimension }],
    standardiser: { mean: packed(wave(dimension)), scale: packed(wave(dimension).map((value) => 1.5 + value)) },
    layers: [
      {
        inputs: dimension,
        outputs: categories,
        weights: packed(wave(categories * dimension)),
        bias: packed(wave(categories)),
      },
    ],
    calibration: { kind: 'temperature', slope: 1 },
    thresholds: Array<null>(categories).fill(null),
    refusal: null,
  };
}
