import { describe, expect, it } from 'vitest';
import { formatDuration, formatNoun, formatPercent } from './quantities.js';

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

it('counts things and shows shares', () => {
  expect(formatNoun(1, 'image')).toBe('1 image');
  expect(formatNoun(2000, 'category', 'categories')).toBe('2,000 categories');
  expect(formatPercent(0.1234)).toBe('12.3 %');
  expect(formatPercent(1, 0)).toBe('100 %');
});
