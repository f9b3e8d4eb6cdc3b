import { expect, it } from 'vitest';
import { evaluate, type AnsweredQuery } from './evaluation.js';

function query(category: string | undefined, neighbours: (string | undefined)[]): AnsweredQuery {
  return {
    path: `/${category}.jpg`,
    name: `${category}.jpg`,
    category,
    neighbours: neighbours.map((found, at) => ({ id: at + 1, score: 1 - at / 10, name: `${at}.jpg`, category: found })),
  };
}

it('averages over queries, overall and for each category, best first', () => {
  const { overall, categories } = evaluate(
    [query('lily', ['lily', 'rose']), query('rose', ['rose', 'rose']), query('lily', ['rose', 'rose'])],
    2,
  );
  expect(overall).toMatchObject({ value: 0.5, n: 3 });
  expect(categories.map(({ category, value, n }) => [category, value, n])).toEqual([
    ['rose', 1, 1],
    ['lily', 0.25, 2],
  ]);
});

it('measures nothing where there is no ground truth', () => {
  expect(evaluate([query(undefined, [undefined, undefined])], 5)).toEqual({ k: 5, categories: [] });
});
