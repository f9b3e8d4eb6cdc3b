import { describe, expect, it } from 'vitest';
import { samplePixels } from './sample-pixels.js';

/** One row of grey pixels. */
function grey(values: readonly number[]) {
  return { width: values.length, height: 1, data: Uint8Array.from(values.flatMap((value) => [value, value, value])) };
}

/** The row scaled to `to` pixels and read as single values. */
function scaled(values: readonly number[], to: number, kernel: 'nearest' | 'linear' | 'cubic') {
  const size = { width: to, height: 1 };
  const { data } = samplePixels(grey(values), size, { left: 0, top: 0, ...size }, kernel);
  return Array.from({ length: to }, (_, i) => data[i * 3]);
}

/** Expected values by hand from the published definition: centre (i + 0.5) · input / output − 0.5. */
describe('samplePixels', () => {
  it('takes single points, whatever lies between them', () => {
    // 8 → 2: centres at 1.5 and 5.5.
    expect(scaled([255, 10, 20, 255, 255, 50, 60, 255], 2, 'linear')).toEqual([15, 55]);
    expect(scaled([255, 10, 20, 255, 255, 50, 60, 255], 2, 'nearest')).toEqual([20, 60]);
    // Keys at ±0.5 and ±1.5: 0.5625 and −0.0625.
    expect(scaled([100, 10, 20, 100, 100, 50, 60, 100], 2, 'cubic')).toEqual([4, 49]);
  });

  it('enlarges with aligned centres and repeats nothing beyond the edges', () => {
    expect(scaled([0, 100], 4, 'linear')).toEqual([0, 25, 75, 100]);
    expect(scaled([7, 7, 7], 7, 'cubic')).toEqual([7, 7, 7, 7, 7, 7, 7]);
  });

  it('gives the part asked for, channel by channel', () => {
    const data = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const crop = { left: 1, top: 0, width: 1, height: 2 };
    expect(samplePixels({ width: 2, height: 2, data }, { width: 2, height: 2 }, crop, 'linear')).toEqual({
      width: 1,
      height: 2,
      data: Uint8Array.from([4, 5, 6, 10, 11, 12]),
    });
  });

  it('refuses lanczos3', () => {
    const size = { width: 1, height: 1 };
    expect(() => samplePixels(grey([1, 2]), size, { left: 0, top: 0, ...size }, 'lanczos3')).toThrow(RangeError);
  });
});
