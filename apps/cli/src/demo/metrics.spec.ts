import { describe, expect, it } from 'vitest';
import { meanWithInterval, precisionAt } from './metrics.js';

describe('precisionAt', () => {
  it('is the share of the first k that are right', () => {
    expect(precisionAt(5, 'rose', ['rose', 'rose', 'lily', 'rose', 'lily', 'rose'])).toBeCloseTo(3 / 5);
  });

  it('counts places that stay empty, and neighbours without a category, as wrong', () => {
    expect(precisionAt(5, 'rose', ['rose'])).toBeCloseTo(1 / 5);
    expect(precisionAt(2, 'rose', [undefined, 'rose'])).toBe(0.5);
  });
});

describe('meanWithInterval', () => {
  it('agrees with the interval of 81 out of 263 that Newcombe (1998, table I, method 3) gives', () => {
    const shares = Array.from({ length: 263 }, (_, at) => (at < 81 ? 1 : 0));
    const { value, low, high, n } = meanWithInterval(shares);
    expect(value).toBeCloseTo(0.308, 3);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
    expect(n).toBe(263);
  });

  it('agrees with the interval of 0 out of 20 of the same table', () => {
    const { low, high } = meanWithInterval(Array<number>(20).fill(0));
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.1611, 4);
  });

  it('takes shares between 0 and 1', () => {
    expect(meanWithInterval([0.2, 0.6, 1]).value).toBeCloseTo(0.6);
  });

  it('claims nothing where there is nothing', () => {
    expect(meanWithInterval([])).toEqual({ value: 0, low: 0, high: 1, n: 0 });
  });
});
