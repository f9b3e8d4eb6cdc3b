import { expect, it } from 'vitest';
import { importView } from './import-view.fixture.js';
import { progressLine } from './progress-line.js';

it('shows settled of all, failures, rate and time left', () => {
  expect(progressLine(importView())).toBe('████░░░░░░░░░░░░░░░░ 1,204 of 5,000 · 24 % · 4 failed · 118/s · 32 s left');
});

it('leaves out what is not known yet', () => {
  const view = importView({ done: 0, failed: 0, left: 5000, rate: null, etaSeconds: null });
  expect(progressLine(view)).toBe('░░░░░░░░░░░░░░░░░░░░ 0 of 5,000 · 0 %');
});

it('shows no time left when nothing is left, and slow rates with a digit', () => {
  const view = importView({ total: 3, done: 3, failed: 0, left: 0, rate: 0.52, etaSeconds: 0 });
  expect(progressLine(view)).toBe('████████████████████ 3 of 3 · 100 % · 0.5/s');
});

it('never says 100 % before all is settled', () => {
  expect(progressLine(importView({ total: 100_000, done: 99_999, failed: 0, left: 1 }))).toContain('99 %');
});

it('counts what has been found while listing', () => {
  expect(progressLine(importView({ status: 'listing', total: 512, done: 20, failed: 1 }))).toBe(
    'Looking for images … 512 found, 21 done',
  );
});

it('takes an empty folder as done', () => {
  const view = importView({ total: 0, done: 0, failed: 0, left: 0, rate: null, etaSeconds: null });
  expect(progressLine(view)).toContain('0 of 0 · 100 %');
});
