import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatNoun, formatPercent } from './quantities.js';

describe('formatDuration', () => {
  it.each([
    [-3, '0 s'],
    [0.4, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [125, '2 min 05 s'],
    [3600, '1 h 00 min'],
    [11_220, '3 h 07 min'],
    [187_200, '2 d 4 h'],
  ])('says %d seconds as %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [3_565_158, '3.4 MiB'],
    [5 * 1024 ** 5, '5120.0 TiB'],
  ])('says %d as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

it('groups thousands, counts things and shows shares', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect(formatNoun(1, 'image')).toBe('1 image');
  expect(formatNoun(2000, 'category', 'categories')).toBe('2,000 categories');
  expect(formatPercent(0.1234)).toBe('12.3 %');
  expect(formatPercent(1, 0)).toBe('100 %');
});
