import { describe, expect, it } from 'vitest';
import { Random } from '../numeric/random.js';
import { calibrateRow, fitCalibration, thresholdsOf } from './calibrator.js';
import { fitPlatt } from './platt.js';
import { fitTemperature } from './temperature.js';
import { thresholdForPrecision } from './threshold.js';

const ROWS = 2000;

/** Outputs z and labels drawn from softmax(slope · z). */
function drawn(slope: number, units = 3): { outputs: Float64Array; labels: Int32Array } {
  const random = new Random(3);
  const outputs = Float64Array.from({ length: ROWS * units }, () => 2 * random.normal());
  const labels = Int32Array.from({ length: ROWS }, (_, row) => {
    const own = outputs.slice(row * units, (row + 1) * units);
    const probabilities = calibrateRow({ kind: 'temperature', slope }, own);
    let left = random.next();
    return Math.max(
      0,
      probabilities.findIndex((p) => (left -= p) < 0),
    );
  });
  return { outputs, labels };
}

describe('fitTemperature', () => {
  it.each([0.25, 1, 3])('finds the slope %d that labels were drawn with', (slope) => {
    const { outputs, labels } = drawn(slope);
    const found = fitTemperature(outputs, 3, labels);
    expect(found / slope).toBeGreaterThan(0.9);
    expect(found / slope).toBeLessThan(1.1);
  });

  it('a few perfect outcomes do not become certainty', () => {
    const outputs = Float64Array.from([4, 0, 0, 0, 4, 0, 0, 0, 4]);
    const slope = fitTemperature(outputs, 3, Int32Array.from([0, 1, 2]));
    const probabilities = calibrateRow({ kind: 'temperature', slope }, Float64Array.from([4, 0, 0]));
    expect(probabilities[0]).toBeGreaterThan(0.5);
    expect(probabilities[0]).toBeLessThan(0.9);
  });

  it('without rows leaves outputs as they are', () => {
    expect(fitTemperature(new Float64Array(), 3, new Int32Array())).toBe(1);
  });
});

describe('fitPlatt', () => {
  it('finds slope and offset that outcomes were drawn with', () => {
    const random = new Random(5);
    const outputs = Array.from({ length: ROWS }, () => 2 * random.normal());
    const truths = outputs.map((z) => random.next() < 1 / (1 + Math.exp(-(1.5 * z - 0.8))));
    const { slope, offset } = fitPlatt(outputs, truths);
    expect(slope).toBeCloseTo(1.5, 0);
    expect(offset).toBeCloseTo(-0.8, 0);
  });

  it('outcomes repeated by three foldings make it no surer', () => {
    const outputs = [3, 2, 1, -1, -2, -3];
    const truths = outputs.map((z) => z > 0);
    const thrice = <T>(values: readonly T[]) => [...values, ...values, ...values];
    const once = fitPlatt(outputs, truths);
    const repeated = fitPlatt(thrice(outputs), thrice(truths), 3);
    expect(repeated.slope).toBeCloseTo(once.slope, 6);
    expect(fitPlatt(thrice(outputs), thrice(truths)).slope).toBeGreaterThan(1.1 * once.slope);
    const rows = { mode: 'multi' as const, units: 1, values: Float64Array.from(thrice(outputs)), repeats: 3 };
    const targets = Int8Array.from(thrice(truths), (truth) => (truth ? 1 : -1));
    expect(fitCalibration({ ...rows, targets })).toEqual({
      kind: 'platt',
      slopes: [repeated.slope],
      offsets: [repeated.offset],
    });
  });

  it('outputs that say nothing, or the contrary, give the base rate', () => {
    const { slope, offset } = fitPlatt([1, 2, 3, 4], [true, true, false, false]);
    expect(slope).toBe(0);
    expect(offset).toBeCloseTo(0, 10);
    expect(fitPlatt([1, 2], [true, true])).toEqual({ slope: 1, offset: 0 });
  });
});

describe('calibration of a head', () => {
  it('multi: unknown labels are left out, and each category has its own line', () => {
    const values = Float64Array.from([2, 9, 1, 9, -1, 9, -2, 9]);
    const targets = Int8Array.from([1, 0, 1, 0, -1, 0, -1, 0]);
    const calibration = fitCalibration({ mode: 'multi', units: 2, values, targets });
    expect(calibration).toMatchObject({
      kind: 'platt',
      slopes: [expect.any(Number), 1],
      offsets: [expect.any(Number), 0],
    });
    const [p] = calibrateRow(calibration, Float64Array.from([2, 0]));
    expect(p).toBeGreaterThan(0.5);
  });

  it('single: probabilities sum to one however great the outputs', () => {
    const probabilities = calibrateRow({ kind: 'temperature', slope: 10 }, Float64Array.from([900, 899, -900]));
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    expect(probabilities.every(Number.isFinite)).toBe(true);
  });
});

describe('thresholdForPrecision', () => {
  const each = [0, 1, 2, 3, 4, 5];
  const scores = [0.95, 0.9, 0.8, 0.7, 0.6, 0.5];
  it('takes the greatest recall at that precision', () => {
    expect(thresholdForPrecision(scores, [true, true, true, true, false, false], 0.8, each)).toBe(0.6);
    expect(thresholdForPrecision(scores, [true, true, true, true, false, false], 1, each)).toBe(0.7);
  });

  it('never rests on fewer than three images, never splits equal scores, and may not exist', () => {
    expect(thresholdForPrecision([0.9, 0.8], [true, true], 0.5, each)).toBeNull();
    expect(thresholdForPrecision([0.9, 0.9, 0.9, 0.9], [true, true, true, false], 1, each)).toBeNull();
    expect(thresholdForPrecision(scores, [false, false, false, true, true, true], 0.9, each)).toBeNull();
  });

  it('never rests on one image that was scored thrice, nor on its near-duplicates', () => {
    const truths = [true, true, true, true, true, false];
    expect(thresholdForPrecision(scores, truths, 1, [0, 0, 0, 0, 1, 2])).toBeNull();
    expect(thresholdForPrecision(scores, truths, 1, [0, 0, 0, 1, 2, 3])).toBe(0.6);
    const values = Float64Array.from([3, 0, 2, 0, 1, 0, 0, 3]);
    const targets = Int8Array.from([1, -1, 1, -1, 1, -1, -1, 1]);
    const outputs = { mode: 'single' as const, units: 2, values, targets, examples: Int32Array.from([7, 7, 7, 8]) };
    expect(thresholdsOf(outputs, { kind: 'temperature', slope: 1 }, 0.9)).toEqual([null, null]);
  });

  it('is chosen per category', () => {
    const values = Float64Array.from([3, 0, 2, 0, 1, 0, 0, 3]);
    const targets = Int8Array.from([1, -1, 1, -1, 1, -1, -1, 1]);
    const outputs = { mode: 'single' as const, units: 2, values, targets };
    const [first, second] = thresholdsOf(outputs, { kind: 'temperature', slope: 1 }, 0.9);
    expect(first).toBeCloseTo(1 / (1 + Math.exp(-1)), 10);
    expect(second).toBeNull();
  });
});
