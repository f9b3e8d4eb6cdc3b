import { expect, it } from 'vitest';
import { learningRateShare, type Schedule } from './schedule.js';

/** Of 100 epochs, what is left of the rate at the first, the second, the 25th, the 60th, the 61st, the 86th and the last. */
const EPOCHS = [0, 1, 24, 59, 60, 85, 99];

const expected: [Schedule, number[]][] = [
  ['constant', [1, 1, 1, 1, 1, 1, 1]],
  ['step', [1, 1, 1, 1, 0.1, 0.01, 0.01]],
  ['exponential', EPOCHS.map((epoch) => 10 ** (-epoch / 50))],
  ['inverse', [1, 1 / 2, 1 / 25, 1 / 60, 1 / 61, 1 / 86, 1 / 100]],
  ['square-root', [1, Math.SQRT1_2, 1 / 5, 1 / Math.sqrt(60), 1 / Math.sqrt(61), 1 / Math.sqrt(86), 1 / 10]],
];

it.each(expected)('%s', (schedule, shares) => {
  EPOCHS.forEach((epoch, at) => expect(learningRateShare(schedule, epoch, 100)).toBeCloseTo(shares[at] ?? NaN, 12));
});
