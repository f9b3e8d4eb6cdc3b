import { expect, test } from 'vitest';
import { someOf, usableScores } from './usable-scores.js';

const rows = (...features: number[]) => ({ imageIds: [4, 5, 6], features: Float32Array.of(...features) });

test('everything that is a number is kept as it is', () => {
  const scores = Float32Array.of(0.1, 0.9, 0.2, 0.8, 0.3, 0.7);
  const usable = usableScores(rows(1, 2, 3), scores);
  expect(usable).toEqual({ imageIds: [4, 5, 6], scores, unusable: [] });
});

test.each([
  ['NaN among the features', rows(1, NaN, 3), [0.1, 0.9, 0.5, 0.5, 0.3, 0.7]],
  ['infinity among the features', rows(1, -Infinity, 3), [0.1, 0.9, 0, 1, 0.3, 0.7]],
  ['NaN among the scores', rows(1, 2, 3), [0.1, 0.9, NaN, 0.5, 0.3, 0.7]],
])('%s costs that image its scores, and no other', (_what, given, scores) => {
  const usable = usableScores(given, Float32Array.of(...scores));
  expect(usable).toEqual({ imageIds: [4, 6], scores: Float32Array.of(0.1, 0.9, 0.3, 0.7), unusable: [5] });
});

test('names the first ten', () => {
  expect(someOf([1, 2])).toBe('1, 2');
  expect(someOf(Array.from({ length: 11 }, (_, at) => at))).toBe('0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …');
});
