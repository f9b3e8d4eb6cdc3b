import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from './half.js';

const bits = (...values: number[]) => Array.from(toHalf(Float32Array.from(values)));
const values = (...halves: number[]) => Array.from(fromHalf(Uint16Array.from(halves)));

describe('half', () => {
  it('knows the patterns of the standard', () => {
    expect(bits(0, -0, 1, -2, 65504, 2 ** -14, 2 ** -24, 1 / 3)).toEqual([
      0, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x3555,
    ]);
    expect(values(0, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001)).toEqual([0, 1, -2, 65504, 2 ** -14, 2 ** -24]);
  });

  it('overflows to infinity, underflows to zero and keeps NaN', () => {
    expect(bits(65519, 65520, -1e30, Infinity, NaN, 2 ** -26, 1e-40)).toEqual([
      0x7bff, 0x7c00, 0xfc00, 0x7c00, 0x7e00, 0, 0,
    ]);
    expect(values(0x7c00, 0xfc00, 0x7e00)).toEqual([Infinity, -Infinity, NaN]);
  });

  it('rounds to nearest, ties to even', () => {
    // Between 1 and 1 + 2^-10, and between 1 + 2^-10 and 1 + 2^-9.
    expect(bits(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 2 ** -20)).toEqual([0x3c00, 0x3c02, 0x3c01]);
    // Ties between subnormals.
    expect(bits(2 ** -25, 3 * 2 ** -25, 2 ** -25 * 1.001)).toEqual([0, 2, 1]);
  });

  it('gives back every finite half', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((half) => (half & 0x7c00) !== 0x7c00);
    expect(toHalf(fromHalf(all))).toEqual(all);
  });
});
