import { expect, it } from 'vitest';
import { nearestName } from './nearest-name.js';

const names = ['k', 'ef', 'minScore', 'collection', 'filter', 'groupBy', 'groupSize', 'tap'];

it.each([
  ['minscore', 'minScore'],
  ['min_score', 'minScore'],
  ['colection', 'collection'],
  ['fitler', 'filter'],
  ['GROUPBY', 'groupBy'],
  ['tab', 'tap'],
  ['limit', undefined],
  ['q', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('%s was meant as %s', (given, meant) => expect(nearestName(given, names)).toBe(meant));

it('takes the nearest of several', () => {
  expect(nearestName('wights', ['height', 'weights', 'width'])).toBe('weights');
});
