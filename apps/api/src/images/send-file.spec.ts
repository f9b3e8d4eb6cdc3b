import { expect, test } from 'vitest';
import { matches } from './send-file.js';

test.each([
  ['"abc"', true],
  ['W/"abc"', true],
  ['"x", "abc"', true],
  ['*', true],
  ['"abcd"', false],
  ['abc', false],
  [undefined, false],
])('If-None-Match %s', (header, expected) => {
  expect(matches(header, '"abc"')).toBe(expected);
});
