import { expect, test } from 'vitest';
import { linearScale, logScale, roomFor } from './plot-scale.js';

const textsOf = ({ ticks }: { ticks: readonly { text: string }[] }) => ticks.map(({ text }) => text);

test('an even scale begins and ends at ticks', () => {
  const scale = linearScale([0.13, 0.92]);
  expect(textsOf(scale)).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']);
  expect([scale.at(0), scale.at(0.5), scale.at(1)]).toEqual([0, 0.5, 1]);
});

test('an even scale with given ends keeps them, also of one value only', () => {
  expect(linearScale([], [0, 1]).at(0.25)).toBe(0.25);
  const one = linearScale([3, 3]);
  expect(one.at(3)).toBeGreaterThanOrEqual(0);
  expect(one.at(3)).toBeLessThanOrEqual(1);
});

test('a logarithmic scale has powers of ten', () => {
  const scale = logScale([0.002, 30]);
  expect(textsOf(scale)).toEqual(['10⁻³', '10⁻²', '10⁻¹', '10⁰', '10¹', '10²']);
  expect(scale.at(0.001)).toBeCloseTo(0);
  expect(scale.at(100)).toBeCloseTo(1);
});

test('many powers are thinned', () => {
  expect(textsOf(logScale([1e-9, 1e3])).length).toBeLessThanOrEqual(6);
});

test('roomFor leaves room for long ticks beside the title', () => {
  expect(roomFor(linearScale([0, 1]))).toBe(52);
  expect(roomFor(linearScale([0.2582, 0.2815]))).toBeGreaterThan(60);
});
