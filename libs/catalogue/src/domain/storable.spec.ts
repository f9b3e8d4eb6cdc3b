import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { madeStorable, storable } from './storable.js';

const schema = z.object({ given: z.unknown().superRefine(storable) });
const complaintsOf = (given: unknown) =>
  schema.safeParse({ given }).error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? [];

const TEXT = 'text that can be stored: no NUL, no half of a surrogate pair';
const KEYS = 'keys that can be stored: no NUL, no half of a surrogate pair';

describe.each(['\0', '\ud800', 'x\udc00y', '\udc00\ud800'])('%j', (bad) => {
  test('is found in a text, wherever it stands', () => {
    expect(complaintsOf(bad)).toEqual([['given', TEXT]]);
    expect(complaintsOf({ a: 1, b: [true, { c: `x${bad}` }] })).toEqual([['given.b.1.c', TEXT]]);
  });

  test('is found in a key, and told of the object', () => {
    expect(complaintsOf({ a: { [bad]: 1 } })).toEqual([['given.a', KEYS]]);
  });

  test('is told without itself', () => {
    expect(complaintsOf(madeStorable(`a${bad}b`))).toEqual([]);
  });
});

test.each([
  'plain',
  '😀',
  '\\u0000 \\ud800',
  '\ufffd',
  { '😀': ['\u0001', null, 1.5, { 'a.b': {} }] },
  null,
  undefined,
  7,
])('%j can be stored', (given) => {
  expect(complaintsOf(given)).toEqual([]);
});
