import { describe, expect, it } from 'vitest';
import { Random } from '../numeric/random.js';
import { calibrationBins, calibrationError } from './calibration-error.js';
import { bootstrap, f1Estimate, wilson } from './intervals.js';

describe('wilson', () => {
  // Reference values: scipy.stats.binomtest(hits, n).proportion_ci(method='wilson').
  it.each([
    [10, 10, 0.7224672, 1],
    [0, 10, 0, 0.2775328],
    [8, 10, 0.4901625, 0.9433178],
    [90, 100, 0.8256343, 0.9447708],
  ])('%i of %i', (hits, n, low, high) => {
    const interval = wilson(hits, n);
    expect(interval.low).toBeCloseTo(low, 6);
    expect(interval.high).toBeCloseTo(high, 6);
  });

  it('says where there are too few to tell', () => {
    expect(wilson(8, 10).tooFew).toBe(true);
    expect(wilson(90, 100).tooFew).toBe(false);
    expect(wilson(0, 0)).toMatchObject({ value: null, n: 0, tooFew: true });
  });
});

describe('f1Estimate', () => {
  it('promises no certainty where all was right: Wilson of 10 in 10, as F1', () => {
    const { value, low, high } = f1Estimate({ tp: 10, fp: 0, fn: 0 }, { low: 1, high: 1 });
    expect(value).toBe(1);
    expect(low).toBeCloseTo((2 * 0.7224672) / 1.7224672, 6);
    expect(high).toBe(1);
  });

  it('is 2 tp ÷ (2 tp + fp + fn) within what resampling gave, where that is wider', () => {
    const wide = { low: 0.2, high: 0.99 };
    expect(f1Estimate({ tp: 6, fp: 2, fn: 2 }, wide)).toMatchObject({ value: 0.75, ...wide, n: 8, tooFew: true });
    expect(f1Estimate({ tp: 0, fp: 3, fn: 0 }, wide)).toMatchObject({ value: null, n: 0 });
  });
});

describe('bootstrap', () => {
  it('of a mean covers about two standard errors to each side', () => {
    const random = new Random(1);
    const values = Array.from({ length: 400 }, () => random.normal());
    const meanOf = (rows: readonly number[]) => rows.reduce((sum, row) => sum + (values[row] ?? 0), 0) / rows.length;
    const spread = bootstrap(
      values.map((_, row) => [row]),
      meanOf,
      random,
      500,
    );
    const width = (spread?.high ?? 0) - (spread?.low ?? 0);
    expect(width).toBeGreaterThan(0.16);
    expect(width).toBeLessThan(0.24);
  });

  it('draws whole groups: rows that repeat each other do not narrow it', () => {
    const values = [0, 1, 0, 1, 1, 0, 1, 0, 0, 1];
    const meanOf = (rows: readonly number[]) =>
      rows.reduce((sum, row) => sum + (values[row % 10] ?? 0), 0) / rows.length;
    const alone = bootstrap(
      values.map((_, row) => [row]),
      meanOf,
      new Random(2),
      500,
    );
    const grouped = values.map((_, row) => Array.from({ length: 20 }, (_, copy) => row + 10 * copy));
    const together = bootstrap(grouped, meanOf, new Random(2), 500);
    expect(together).toEqual(alone);
  });
});

describe('calibrationError', () => {
  const draw = (random: Random, n: number, share: (p: number) => number) => {
    const confidences = Array.from({ length: n }, () => 0.4 + 0.6 * random.next());
    const hits = confidences.map((p) => (random.next() < share(p) ? 1 : 0));
    return { confidences, hits };
  };

  it('has bins of equal mass, fewer where there are fewer rows', () => {
    const { confidences, hits } = draw(new Random(1), 300, (p) => p);
    const bins = calibrationBins(confidences, hits);
    expect(bins.map(({ n }) => n)).toEqual(new Array(15).fill(20));
    expect(bins.map(({ confidence }) => confidence)).toEqual(
      bins.map(({ confidence }) => confidence).toSorted((a, b) => a - b),
    );
    expect(calibrationBins([0.5, 0.9], [0, 1])).toHaveLength(2);
  });

  it('is nearer to nothing than the plain error for a calibrated head', () => {
    const errors = Array.from({ length: 20 }, (_, seed) => {
      const { confidences, hits } = draw(new Random(seed), 300, (p) => p);
      const bins = calibrationBins(confidences, hits);
      const plain = bins.reduce(
        (sum, { n, confidence, accuracy }) => sum + (n / 300) * Math.abs(accuracy - confidence),
        0,
      );
      return { debiased: calibrationError(bins), plain };
    });
    const mean = (of: 'debiased' | 'plain') => errors.reduce((sum, one) => sum + one[of] / errors.length, 0);
    expect(mean('plain')).toBeGreaterThan(0.05);
    expect(mean('debiased')).toBeLessThan(0.8 * mean('plain'));
  });

  it('takes as much off for noise as so few independent outcomes make, however often they are repeated', () => {
    const { confidences, hits } = draw(new Random(9), 60, (p) => p);
    const once = calibrationError(calibrationBins(confidences, hits, 5));
    const thrice = <T>(values: readonly T[]) => values.flatMap((value) => [value, value, value]);
    const bins = calibrationBins(thrice(confidences), thrice(hits), 5);
    expect(calibrationError(bins, 3)).toBeCloseTo(once, 12);
    expect(calibrationError(bins)).toBeGreaterThan(once);
  });

  it('measures overconfidence', () => {
    const { confidences, hits } = draw(new Random(4), 6000, (p) => p - 0.15);
    const error = calibrationError(calibrationBins(confidences, hits));
    expect(error).toBeGreaterThan(0.13);
    expect(error).toBeLessThan(0.17);
  });
});
