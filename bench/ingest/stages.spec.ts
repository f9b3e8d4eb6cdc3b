import { expect, test } from 'vitest';
import { standingFor } from './stages.js';

const FOLDERS = 10;
const files = Array.from({ length: 7000 }, (_, n) => `${Math.floor(n / 700)}/${n}.jpg`);

/** How many of them lie in each folder. */
function byFolder(some: readonly string[]): number[] {
  const counts = new Array<number>(FOLDERS).fill(0);
  for (const file of some) counts[Number(file.split('/')[0])] = (counts[Number(file.split('/')[0])] ?? 0) + 1;
  return counts;
}

test('what stands for all files comes from all folders alike, and so does its beginning', () => {
  const standing = standingFor(files, 1000);
  expect(new Set(standing).size).toBe(1000);
  expect(byFolder(standing)).toEqual(new Array(FOLDERS).fill(100));
  expect(Math.min(...byFolder(standing.slice(0, 200)))).toBeGreaterThan(8);
  expect(standingFor(files, 1000)).toEqual(standing);
});

test('few files all stand for themselves', () => {
  expect(standingFor(files.slice(0, 7), 1000).sort()).toEqual(files.slice(0, 7).sort());
});
