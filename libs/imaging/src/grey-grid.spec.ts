import { describe, expect, it } from 'vitest';
import { greyGrid } from './grey-grid.js';

function picture(width: number, height: number, at: (x: number, y: number) => [number, number, number]) {
  const pixels = Array.from({ length: width * height }, (_, n) => at(n % width, Math.floor(n / width)));
  return { width, height, data: Uint8Array.from(pixels.flat()) };
}

describe('grey grid', () => {
  it('is the mean luma of each cell', () => {
    const halves = picture(16, 8, (x) => (x < 8 ? [255, 0, 0] : [0, 0, 255]));
    expect([...greyGrid(halves, 2)]).toEqual([77, 29, 77, 29]);
  });

  it('averages what changes within a cell', () => {
    const stripes = picture(32, 32, (x) => (x % 2 ? [200, 200, 200] : [100, 100, 100]));
    expect([...greyGrid(stripes, 8)]).toEqual(Array.from({ length: 64 }, () => 150));
  });

  it('keeps order of rows and columns', () => {
    const ramp = picture(64, 64, (x, y) => [x + 2 * y, x + 2 * y, x + 2 * y]);
    const grid = greyGrid(ramp, 4);
    expect(grid[1]).toBeGreaterThan(grid[0] as number);
    expect(grid[4]).toBeGreaterThan(grid[1] as number);
    expect(Math.abs((grid[5] as number) - (23.5 + 2 * 23.5))).toBeLessThanOrEqual(2);
  });

  it('repeats the pixels of a picture that has fewer than cells', () => {
    expect([...greyGrid({ width: 1, height: 1, data: Uint8Array.of(10, 10, 10) }, 2)]).toEqual([10, 10, 10, 10]);
    const two = picture(2, 1, (x) => (x ? [255, 255, 255] : [0, 0, 0]));
    expect([...greyGrid(two, 4)]).toEqual([0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255]);
  });
});
