import { expect, test } from 'vitest';
import { MemoryBudget } from './memory-budget.js';

test('takes no more than there is, and takes again what was given back', () => {
  const budget = new MemoryBudget(100);
  expect(budget.take(60)).toBe(true);
  expect(budget.take(41)).toBe(false);
  expect(budget.take(40)).toBe(true);
  budget.give(60);
  expect(budget.take(60)).toBe(true);
});
