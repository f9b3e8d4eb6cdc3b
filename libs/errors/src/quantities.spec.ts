import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatSize } from './quantities.js';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [3_565_158, '3.4 MiB'],
    [5 * 1024 ** 5, '5120.0 TiB'],
  ])('says %d as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

it('groups thousands, and sets a size in spaces', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect(formatSize({ width: 384, height: 288 })).toBe('384 × 288');
});
