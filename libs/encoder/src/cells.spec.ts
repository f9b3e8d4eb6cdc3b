import { describe, expect, it } from 'vitest';
import { cellVectors, type CellReader } from './cells.js';
import { halfToNumber } from './runtimes/onnx/onnx-linear.js';

const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
/** Two rows, two columns, three channels. */
const map: CellReader = {
  rows: 2,
  columns: 2,
  channels: 3,
  read: (cell, channel) => numbers[cell * 3 + channel] ?? NaN,
};
const mean = [5.5, 6.5, 7.5];

describe('cellVectors', () => {
  it('shares out a mean by cells', () => {
    const { rows, columns, dimension, data } = cellVectors(map, undefined, Float32Array.from(mean));
    expect({ rows, columns, dimension }).toEqual({ rows: 2, columns: 2, dimension: 3 });
    expect([...data]).toEqual(numbers.map((number) => number / 4));
  });

  it('shares out what a linear layer makes of the mean, bias included', () => {
    const linear = { weight: Float32Array.from([1, 0, 0, 0, 2, -1]), bias: Float32Array.from([4, 8]) };
    const vector = Float32Array.from([5.5 + 4, 2 * 6.5 - 7.5 + 8]);
    const { data, dimension } = cellVectors(map, linear, vector);
    expect(dimension).toBe(2);
    for (const i of [0, 1]) {
      expect([0, 1, 2, 3].reduce((sum, cell) => sum + (data[cell * 2 + i] ?? 0), 0)).toBeCloseTo(vector[i] ?? 0, 5);
    }
    expect(data[0]).toBeCloseTo((1 + 4) / 4, 6);
  });

  it('refuses a vector that is anything else', () => {
    const error = expect.objectContaining({ code: 'explanation_unavailable' });
    expect(() => cellVectors(map, undefined, Float32Array.from([9, 10, 11]))).toThrow(error);
    expect(() => cellVectors(map, undefined, Float32Array.from([5.5, 6.5]))).toThrow(error);
  });
});

it('halfToNumber reads binary16', () => {
  expect([0x3c00, 0xc000, 0x0000, 0x7bff, 0x0001, 0x3555].map(halfToNumber)).toEqual([
    1,
    -2,
    0,
    65504,
    2 ** -24,
    0.333251953125,
  ]);
  expect(halfToNumber(0x7c00)).toBe(Infinity);
});
