import { describe, expect, it } from 'vitest';
import { whyBest, type Described } from './choose-best.js';

const image = (width: number, height: number, bytes: number, day = 1): Described => ({
  id: 1,
  width,
  height,
  pixels: width * height,
  bytes,
  createdAt: new Date(Date.UTC(2026, 0, day)),
});

describe('whyBest', () => {
  it('names the resolution where the others are smaller', () => {
    expect(whyBest(image(400, 300, 9), [image(200, 150, 99), image(100, 75, 9)])).toEqual([
      { by: 'resolution', says: '400 × 300 pixels; the next has 200 × 150' },
    ]);
  });

  it('names the bytes among those of one size', () => {
    expect(whyBest(image(400, 300, 12_000), [image(400, 300, 9_000), image(200, 150, 99)])).toEqual([
      { by: 'resolution', says: '400 × 300 pixels; another is as large' },
      { by: 'bytes', says: '12,000 bytes; the next of that size has 9,000' },
    ]);
  });

  it('names the date where nothing else tells them apart', () => {
    expect(whyBest(image(4, 3, 9, 1), [image(4, 3, 9, 2)])).toEqual([
      { by: 'date', says: 'stored 2026-01-01T00:00:00.000Z, before its equals' },
    ]);
  });

  it('has nothing to say of an image alone', () => {
    expect(whyBest(image(4, 3, 9), [])).toEqual([]);
  });
});
