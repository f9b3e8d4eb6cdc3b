import type { RgbPixels } from './image-decoder.js';

/** Pixels looked at along each side of a cell, spread evenly over it: hardly fewer than a thumbnail's 256 pixels have. */
const SAMPLES = 8;

/**
 * The whole picture squeezed into a square of cells, each the mean luma (Rec. 601) of 64 pixels spread over it. That is
 * the same small work for every picture; one more pipeline of libvips costs several times as much, nearly all of it to be set up.
 *
 * @param side cells along each side
 * @returns `side`² levels, 0–255, row by row
 */
export function greyGrid({ data, width, height }: RgbPixels, side: number): Uint8Array {
  const rows = places(height, side, 3 * width);
  const columns = places(width, side, 3);
  const grid = new Uint8Array(side * side);
  for (let cell = 0; cell < grid.length; cell++) {
    const [top, left] = [Math.floor(cell / side) * SAMPLES, (cell % side) * SAMPLES];
    let sum = 0;
    for (let y = top; y < top + SAMPLES; y++) {
      const row = rows[y] as number;
      for (let x = left; x < left + SAMPLES; x++) {
        const at = row + (columns[x] as number);
        sum += 77 * (data[at] as number) + 150 * (data[at + 1] as number) + 29 * (data[at + 2] as number);
      }
    }
    grid[cell] = (sum + 128 * SAMPLES ** 2) / (256 * SAMPLES ** 2);
  }
  return grid;
}

/** Where the pixels begin that lie under samples spread evenly along a side, `step` bytes from one to the next. */
function places(length: number, side: number, step: number): Int32Array {
  const count = side * SAMPLES;
  return Int32Array.from({ length: count }, (_, at) => step * Math.floor(((at + 0.5) * length) / count));
}
