import { expect, test } from 'vitest';
import type { Explanation, Hit, Similar } from '../shared/types.js';
import { whyNot } from './examples.js';

const heatMap = { rows: 1, columns: 1, cells: [1], overlay: 'data:,' };
const explanation: Explanation = { total: 1, result: heatMap, examples: [] };

/** The answer of a search that found these, each with its explanation. */
function found(...hits: (readonly [id: string, explanation: Explanation | null])[]): Similar {
  const results = hits.map(([id, explanation]) => ({ id, explanation }) as Hit);
  return { results, plan: 'exact', matched: 9, indexSequence: 1, encoder: { name: 'e', tap: 't' }, timings: {} };
}

test('a result that is explained needs no excuse', () => {
  expect(whyNot(found(['7', null], ['8', explanation]), '8')).toBe(null);
});

test('a result without an explanation has lost its original', () => {
  expect(whyNot(found(['7', explanation], ['8', null]), '8')).toBe(
    'The original of this image cannot be read any more.',
  );
});

test('a result that another one took the place of is not blamed', () => {
  expect(whyNot(found(['7', explanation], ['9', null]), '8')).toBe('The results have changed since; search again.');
  expect(whyNot(found(), '8')).toBe('The results have changed since; search again.');
});
