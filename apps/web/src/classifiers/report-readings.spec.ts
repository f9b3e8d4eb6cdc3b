import { describe, expect, it } from 'vitest';
import { leastLoss, mistakesOf, shownVersion } from './report-readings.js';

describe('shownVersion', () => {
  const versions = [
    { version: 3, inUse: false },
    { version: 2, inUse: true },
  ];

  it('is the one asked for, else the one in use, else the newest', () => {
    expect(shownVersion('1', versions)).toBe('1');
    expect(shownVersion(null, versions)).toBe('2');
    expect(shownVersion(null, versions.slice(0, 1))).toBe('3');
    expect(shownVersion(null, [])).toBeNull();
  });
});

describe('leastLoss', () => {
  it('passes over what was given up', () => {
    const points = [{ loss: null }, { loss: 0.4 }, { loss: 0.2 }, { loss: null }, { loss: 0.3 }];
    expect(leastLoss(points)).toBe(points[2]);
    expect(leastLoss([{ loss: null }])).toBeNull();
    expect(leastLoss([{ loss: 0 }, { loss: 1 }])).toEqual({ loss: 0 });
  });
});

describe('mistakesOf', () => {
  it('names the commonest first, and what is right never', () => {
    const confusion = [
      [9, 1, 0],
      [2.7, 7, 0.3],
      [0, 0, 10],
    ];
    expect(mistakesOf(confusion, 2)).toEqual([
      { is: 1, said: 0, images: 2.7 },
      { is: 0, said: 1, images: 1 },
    ]);
    expect(mistakesOf([[4]], 5)).toEqual([]);
  });
});
