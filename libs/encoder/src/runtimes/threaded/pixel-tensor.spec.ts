import { describe, expect, it } from 'vitest';
import { type PixelFormat, writePixels } from './pixel-tensor.js';

/** Two pictures of 2 × 2; red 10 …, green 20 …, blue 30 …, the second 100 higher. */
const PIXELS = Uint8Array.from(
  [0, 100].flatMap((picture) =>
    [0, 1, 2, 3].flatMap((pixel) => [10, 20, 30].map((channel) => picture + channel + pixel)),
  ),
);

function tensorOf(change: Partial<PixelFormat>): number[] {
  const tensor = new Float32Array(PIXELS.length);
  const normalisation = { mean: [0, 0, 0] as [number, number, number], scale: [1, 1, 1] as [number, number, number] };
  writePixels({ layout: 'nchw', colour: 'rgb', normalisation, ...change }, PIXELS, 2, tensor);
  return Array.from(tensor);
}

describe('writePixels', () => {
  it('separates the channels of each picture for nchw', () => {
    const first = [10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33];
    expect(tensorOf({})).toEqual([...first, ...first.map((value) => value + 100)]);
  });

  it('keeps the order of the bytes for nhwc', () => {
    expect(tensorOf({ layout: 'nhwc' })).toEqual(Array.from(PIXELS));
  });

  it('turns the channels round for bgr, in either layout', () => {
    expect(tensorOf({ colour: 'bgr' }).slice(0, 12)).toEqual([30, 31, 32, 33, 20, 21, 22, 23, 10, 11, 12, 13]);
    expect(tensorOf({ colour: 'bgr', layout: 'nhwc' }).slice(0, 6)).toEqual([30, 20, 10, 31, 21, 11]);
  });

  it('normalises each channel by its own mean and scale, in the order of the tensor', () => {
    const normalisation = {
      mean: [10, 20, 30] as [number, number, number],
      scale: [1, 2, 0.5] as [number, number, number],
    };
    expect(tensorOf({ normalisation }).slice(0, 12)).toEqual([0, 1, 2, 3, 0, 2, 4, 6, 0, 0.5, 1, 1.5]);
    expect(tensorOf({ normalisation, colour: 'bgr', layout: 'nhwc' }).slice(0, 3)).toEqual([20, 0, -10]);
  });
});
