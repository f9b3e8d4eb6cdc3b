import { expect, test } from 'vitest';
import { pickDiverse } from './pick-diverse.js';

const at = (id: number, degrees: number, weight = 1) => ({
  id,
  weight,
  vector: Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)),
});
const ids = (candidates: ReturnType<typeof at>[], count: number) => pickDiverse(candidates, count).map(({ id }) => id);

test('takes the weightiest first, then what lies far from it', () => {
  expect(ids([at(1, 0, 0.9), at(2, 1, 0.89), at(3, 90, 0.5)], 2)).toEqual([1, 3]);
});

test('chooses twins last, and never anything twice', () => {
  expect(ids([at(1, 0), at(2, 0), at(3, 60), at(4, 180)], 10)).toEqual([1, 4, 3, 2]);
});

test('of equal worth the smaller id comes first, whatever the order', () => {
  expect(ids([at(9, 40), at(2, 40)], 1)).toEqual([2]);
});

test('has nothing to choose from nothing', () => {
  expect(pickDiverse([], 5)).toEqual([]);
});
