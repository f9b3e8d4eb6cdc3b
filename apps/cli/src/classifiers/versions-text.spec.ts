import { describe, expect, it } from 'vitest';
import { comparisonText, versionsText } from './versions-text.js';
import type { EstimateView, VersionDetailView } from './views.js';

const estimate = (value: number, n: number): EstimateView => ({
  value,
  low: value - 0.1,
  high: value + 0.05,
  n,
  tooFew: false,
});

const version = (number: number, change: Partial<VersionDetailView> = {}): VersionDetailView => ({
  version: number,
  inUse: false,
  stale: false,
  kind: 'softmax',
  taps: ['penultimate'],
  examples: 100 + number,
  top1: estimate(0.9, 100 + number),
  createdAt: '2026-01-01T00:00:00.000Z',
  report: null,
  ...change,
});

describe('versionsText', () => {
  it('tells what each version is, and its gain on the same images with its interval', () => {
    const gains = new Map([
      [1, null],
      [2, { n: 101, difference: 0.018, low: -0.0072, high: 0.04 }],
      [4, { n: 90, difference: -0.1, low: -0.15, high: -0.04 }],
    ]);
    const versions = [
      version(4, { stale: true }),
      version(3, { kind: null, examples: null, top1: null }),
      version(2, { inUse: true }),
      version(1),
    ];
    expect(
      versionsText(versions, gains)
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual([
      'VERSION  HEAD     EXAMPLES  TOP-1                      GAIN, SAME IMAGES',
      '4        softmax       104  90.0 % (80.0–95.0, n 104)  -10.0 (-15.0 to -4.0, n 90)  stale',
      '3        -               -  -                          -',
      '2 *      softmax       102  90.0 % (80.0–95.0, n 102)  +1.8 (-0.7 to +4.0, n 101)',
      '1        softmax       101  90.0 % (80.0–95.0, n 101)  -',
      '* in use',
    ]);
  });

  it('says so where there is none', () => {
    expect(versionsText([], new Map())).toBe('No version yet.');
  });
});

describe('comparisonText', () => {
  it('has the numbers, the settings that differ, and the conclusion last', () => {
    const text = comparisonText({
      a: 1,
      b: 2,
      numbers: [
        { what: 'top-1', a: estimate(0.8, 50), b: estimate(0.9, 60), clear: true },
        { what: 'F1 of iris', a: estimate(0.7, 10), b: null, clear: false },
      ],
      settings: [{ what: 'seed', a: 1, b: [2] }],
      words: 'Version 2 is better.',
    });
    expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
      '            VERSION 1                 VERSION 2',
      'top-1       80.0 % (70.0–85.0, n 50)  90.0 % (80.0–95.0, n 60)  clear',
      'F1 of iris  70.0 % (60.0–75.0, n 10)  -',
      'seed: 1 → [2]',
      'Version 2 is better.',
    ]);
  });
});
