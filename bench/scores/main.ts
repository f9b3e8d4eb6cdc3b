import { ScoringThreads } from '#libs/search';
import type { HeadDocument } from '#libs/classifiers';

/**
 * How many scores a second linear heads compute, on the threads that the service uses; nothing is stored.
 * `node dist/bench/scores/main.js`
 */
const CATEGORIES = 12;
const DIMENSION = 512;
const ROWS = 2048;
const ROUNDS = 60;

const packed = (numbers: Float64Array): string => Buffer.from(numbers.buffer).toString('base64');
const wave = (length: number): Float64Array => Float64Array.from({ length }, (_, at) => Math.sin(at * 0.37));

const head: HeadDocument = {
  format: 'likeness-head',
  version: 1,
  kind: 'softmax',
  mode: 'single',
  categories: Array.from({ length: CATEGORIES }, (_, at) => ({ id: String(at + 1), name: `category ${at + 1}` })),
  encoderFingerprint: '0'.repeat(64),
  taps: [{ name: 'penultimate', dimension: DIMENSION }],
  standardiser: { mean: packed(wave(DIMENSION)), scale: packed(wave(DIMENSION).map((value) => 1.5 + value)) },
  layers: [
    {
      inputs: DIMENSION,
      outputs: CATEGORIES,
      weights: packed(wave(CATEGORIES * DIMENSION)),
      bias: packed(wave(CATEGORIES)),
    },
  ],
  calibration: { kind: 'temperature', slope: 1 },
  thresholds: Array<null>(CATEGORIES).fill(null),
  refusal: null,
};

const features = new Float32Array(ROWS * DIMENSION).map((_, at) => Math.cos(at * 0.11));
const shared = new Float32Array(new SharedArrayBuffer(features.byteLength));
shared.set(features);
const threads = new ScoringThreads();
for (let round = 0; round < 5; round++) await threads.score(1, () => head, shared, DIMENSION);
const started = performance.now();
for (let round = 0; round < ROUNDS; round++) await threads.score(1, () => head, shared, DIMENSION);
const seconds = (performance.now() - started) / 1000;
const scores = ROWS * ROUNDS * CATEGORIES;
process.stdout.write(
  `${CATEGORIES} categories, ${DIMENSION} components: ${Math.round(scores / seconds)} scores/s, ` +
    `${Math.round((ROWS * ROUNDS) / seconds)} images/s, computing alone\n`,
);
await threads.close();
