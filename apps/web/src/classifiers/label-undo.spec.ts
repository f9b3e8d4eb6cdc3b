import { expect, it } from 'vitest';
import { undoing } from './label-undo.js';

it('a first label is taken back', () => {
  expect(undoing('7', 'cat', [])).toEqual([{ key: '7', category: 'cat', value: 'cleared' }]);
});

it('a label is again what it was', () => {
  expect(undoing('7', 'cat', [{ category: 'cat', value: 'negative' }])).toEqual([
    { key: '7', category: 'cat', value: 'negative' },
  ]);
});

it('the label that the new one superseded comes back, after the new one is gone', () => {
  expect(undoing('7', 'cat', [{ category: 'dog', value: 'positive' }])).toEqual([
    { key: '7', category: 'cat', value: 'cleared' },
    { key: '7', category: 'dog', value: 'positive' },
  ]);
});
