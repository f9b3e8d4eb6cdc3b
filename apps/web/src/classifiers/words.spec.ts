import { describe, expect, it } from 'vitest';
import { filterOf, labelsInWords, nothingToSuggest, rescoringInWords, shareOf, signed, spreadOf } from './words.js';

const estimate = { value: 0.942, low: 0.884, high: 0.971, n: 120, tooFew: false };

describe('numbers for a person', () => {
  it('say what was not measured', () => {
    expect(shareOf(estimate)).toBe('94.2 %');
    expect(spreadOf(estimate)).toBe('88.4–97.1, n 120');
    expect(shareOf({ ...estimate, value: null })).toBe('not measured');
    expect(spreadOf({ ...estimate, value: null, n: 3 })).toBe('n 3');
  });

  it('have a sign', () => {
    expect([1.44, 0, -3.21].map(signed)).toEqual(['+1.4', '+0.0', '−3.2']);
  });
});

describe('filterOf', () => {
  const classifier = (name: string) => ({
    id: '1',
    name,
    kind: 'single' as const,
    categories: [],
    versionInUse: 1,
    labelsWithoutImage: 0,
  });

  it('quotes what is no plain word', () => {
    expect(filterOf(classifier('flowers'), 'iris', 0.8)).toBe('category.flowers.iris >= 0.8');
    expect(filterOf(classifier('my flowers'), 'lily of the "valley"', 0.5)).toBe(
      'category."my flowers"."lily of the \\"valley\\"" >= 0.5',
    );
  });
});

describe('rescoringInWords', () => {
  const rescoring = { version: 2, scored: 7, total: 60, lacking: 0 };

  it('says that filters use a version only where they do', () => {
    expect(rescoringInWords({ ...rescoring, status: 'done', scored: 60 })).toBe(
      'All 60 images scored; filters use version 2.',
    );
    for (const status of ['queued', 'running'] as const)
      expect(rescoringInWords({ ...rescoring, status })).toBe('Scored 7 of 60 images of the library.');
    expect(rescoringInWords({ ...rescoring, status: 'cancelled' })).toBe(
      'The scoring was cancelled after 7 of 60 images; filters do not use version 2.',
    );
    expect(rescoringInWords({ ...rescoring, status: 'failed', lacking: 1 })).toBe(
      'The scoring failed after 7 of 60 images; filters do not use version 2. 1 image cannot be scored.',
    );
  });
});

describe('nothingToSuggest', () => {
  it('claims no more than the service has looked at', () => {
    expect(nothingToSuggest({ versionInUse: null })).toMatch(/^None of the newest images is without a label\./);
    expect(nothingToSuggest({ versionInUse: 3 })).toBe('Every image that version 3 has scored has a label.');
  });
});

it('labelsInWords says what something is not', () => {
  expect(
    labelsInWords([
      { category: 'cat', value: 'positive' },
      { category: 'wild', value: 'negative' },
    ]),
  ).toBe('cat, not wild');
});
