import { expect, test } from 'vitest';
import { boundedGroups } from './bounded-groups.js';

const MIB = 1024 * 1024;
const groupsOf = (sizes: readonly number[]): number[][] => [...boundedGroups(sizes, (size) => size)];

test('a group holds 32 files at most', () => {
  expect(groupsOf(Array.from({ length: 70 }, () => 1)).map(({ length }) => length)).toEqual([32, 32, 6]);
});

test('and 64 MiB, unless a file alone is larger', () => {
  expect(groupsOf([40 * MIB, 24 * MIB, 1, 65 * MIB, 2])).toEqual([[40 * MIB, 24 * MIB], [1], [65 * MIB], [2]]);
});

test('of nothing there is none', () => {
  expect(groupsOf([])).toEqual([]);
});
