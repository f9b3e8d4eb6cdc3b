import { expect, test } from 'vitest';
import { categoryWeights } from './category-weights.js';
import type { Cell } from './matrix.js';
import { sampleHead } from './testing/sample-head.js';
import { weights } from './weights.js';

type Bar = { tap: string; left: number; right: number; base: number; top: number };
const valuesOf = <T>(spec: { data?: unknown } | null): T[] => (spec?.data as [{ values: T[] }])[0].values;

test('every weight is in one bar of its tap, and bars stand on one another', () => {
  const bars = valuesOf<Bar>(weights(sampleHead()));
  const count = (some: Bar[]) => some.reduce((sum, { base, top }) => sum + top - base, 0);
  expect(count(bars.filter(({ tap }) => tap === 'penultimate'))).toBe(6);
  expect(count(bars.filter(({ tap }) => tap === 'stage4'))).toBe(6);
  const atZero = bars.filter(({ left, right }) => left <= 0 && 0 < right);
  expect(atZero.map(({ tap, base, top }) => [tap, base, top])).toEqual([
    ['penultimate', 0, 2],
    ['stage4', 2, 6],
  ]);
  const [lowest] = bars.toSorted((a, b) => a.left - b.left);
  expect(lowest).toMatchObject({ tap: 'stage4', left: -2, top: 1 });
});

const likeness = (mode: 'single' | 'multi') => {
  const cells = valuesOf<Cell>(categoryWeights({ ...sampleHead(), mode }));
  return (row: string, column: string) => cells.find((cell) => cell.row === row && cell.column === column)?.shade;
};

test('categories are alike whose weights point the same way', () => {
  const of = likeness('multi');
  expect(of('daisy', 'iris')).toBeCloseTo((0.9 + 0.3) / Math.hypot(1, 0.5) / Math.hypot(0.9, 0.6), 6);
  expect(of('daisy', 'snow <drop> & co')).toBe(0);
  expect(of('daisy', 'daisy')).toBeUndefined();
});

test('what all categories of a single head have in common does not count', () => {
  const of = likeness('single');
  expect(of('daisy', 'iris')).toBeGreaterThan(0.9);
  expect(of('daisy', 'snow <drop> & co')).toBeLessThan(-0.9);
});
