import type { RgbPixels } from '../image-decoder.js';

/** Mean and largest absolute difference of two equally large pictures, in levels of 0–255. */
export function pixelDifference(a: RgbPixels, b: RgbPixels): { mean: number; max: number } {
  if (a.data.length !== b.data.length)
    throw new Error(`${a.data.length} and ${b.data.length} bytes cannot be compared`);
  let [sum, max] = [0, 0];
  for (const [i, value] of a.data.entries()) {
    const difference = Math.abs(value - (b.data[i] ?? 0));
    sum += difference;
    max = Math.max(max, difference);
  }
  return { mean: sum / a.data.length, max };
}

/** The colour at a place given in parts of width and height. */
export function colourAt({ width, height, data }: RgbPixels, x: number, y: number): [number, number, number] {
  const at = (Math.floor(y * height) * width + Math.floor(x * width)) * 3;
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
}
