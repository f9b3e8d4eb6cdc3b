import { describe, expect, it } from 'vitest';
import type { Check, SearchedPoint } from '../report/training-report.js';
import { runChecks, type CheckInput } from './run-checks.js';

/** A training of three categories that nothing can be said against. */
const SOUND: CheckInput = {
  mode: 'single',
  units: 3,
  initialLoss: Math.log(3),
  subsetAccuracy: 1,
  subsetSize: 9,
  trainAccuracy: 0.95,
  measuredAccuracy: 0.92,
  measuredN: 200,
  converged: true,
  epochLosses: [1.1, 0.8, 0.6, 0.5, 0.45, 0.41],
  searched: [],
  conflicts: 0,
  leastGroups: 30,
  leastNegatives: 60,
  mostRows: 40,
  leastRows: 30,
};

function checkOf(name: Check['name'], change: Partial<CheckInput> = {}): Check {
  const found = runChecks({ ...SOUND, ...change }).find((one) => one.name === name);
  if (!found) throw new Error(`There is no check ${name}.`);
  return found;
}

const givenUp = (stopped: string | null): SearchedPoint => ({
  round: 1,
  kind: 'mlp',
  taps: ['penultimate'],
  l2: 0.1,
  l1: 0,
  learningRate: 1,
  loss: stopped === null ? 0.5 : null,
  accuracy: null,
  standardError: null,
  stopped,
});

describe('runChecks', () => {
  it('a sound training passes every check, each once', () => {
    const checks = runChecks(SOUND);
    expect(checks.map(({ name }) => name)).toEqual([
      'initial-loss',
      'overfit-subset',
      'finite',
      'convergence',
      'generalisation-gap',
      'noisy-loss',
      'data',
    ]);
    expect(checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  });
});

describe('initial-loss', () => {
  it('is compared with knowing nothing: ln(C), or a coin for every category', () => {
    expect(checkOf('initial-loss')).toMatchObject({ outcome: 'passed', value: Math.log(3), expected: Math.log(3) });
    const coins = 3 * Math.log(2);
    expect(checkOf('initial-loss', { mode: 'multi', initialLoss: coins })).toMatchObject({
      outcome: 'passed',
      expected: coins,
    });
    expect(checkOf('initial-loss', { mode: 'multi' }).outcome).toBe('warning');
  });

  it.each([1.09, 0.91])('%d times that is let pass', (share) => {
    expect(checkOf('initial-loss', { initialLoss: share * Math.log(3) }).outcome).toBe('passed');
  });

  it.each([1.11, 0.89])('%d times that is a warning with both numbers', (share) => {
    const { outcome, words } = checkOf('initial-loss', { initialLoss: share * Math.log(3) });
    expect(outcome).toBe('warning');
    expect(words).toContain(`was ${(share * Math.log(3)).toFixed(3)}, but knowing nothing gives ln(3) = 1.099`);
  });

  it('is skipped for heads without such a moment', () => {
    expect(checkOf('initial-loss', { initialLoss: null })).toMatchObject({ outcome: 'skipped', value: null });
  });
});

describe('overfit-subset', () => {
  it('warns where a handful cannot be learnt by heart', () => {
    expect(checkOf('overfit-subset')).toMatchObject({ outcome: 'passed', value: 1 });
    const { outcome, words, value } = checkOf('overfit-subset', { subsetAccuracy: 8 / 9 });
    expect([outcome, value]).toEqual(['warning', 8 / 9]);
    expect(words).toMatch(/Of 9 images only 88\.9 %.*contradictory labels/);
  });

  it('is skipped where there was no such subset', () => {
    expect(checkOf('overfit-subset', { subsetAccuracy: null }).outcome).toBe('skipped');
  });
});

describe('finite', () => {
  it('counts the settings that were given up, and says why the first was', () => {
    const searched = [givenUp(null), givenUp('The loss became NaN in epoch 2.'), givenUp('The loss rose.')];
    expect(checkOf('finite', { searched: [givenUp(null)] })).toMatchObject({ outcome: 'passed', value: 0 });
    expect(checkOf('finite', { searched })).toMatchObject({
      outcome: 'warning',
      value: 2,
      words: '2 of 3 settings were given up. The first: The loss became NaN in epoch 2.',
    });
  });
});

describe('convergence', () => {
  it('warns of a fit that was cut off, with the remedy', () => {
    expect(checkOf('convergence').outcome).toBe('passed');
    expect(checkOf('convergence', { converged: false })).toMatchObject({
      outcome: 'warning',
      words: expect.stringMatching(/more regularisation/) as string,
    });
  });
});

describe('generalisation-gap', () => {
  it('names overfitting, with both shares and the usual remedies', () => {
    const { outcome, words, value } = checkOf('generalisation-gap', { trainAccuracy: 1, measuredAccuracy: 0.7 });
    expect(outcome).toBe('warning');
    expect(value).toBeCloseTo(0.3);
    expect(words).toMatch(/^Overfitting: 100\.0 % right on images it was fitted to, 70\.0 % on others\./);
    expect(words).toMatch(/More labels.*more regularisation.*augmented copies.*more dropout/);
  });

  it('a gap that so few images may show by chance is not called overfitting', () => {
    const seen = { trainAccuracy: 1, measuredAccuracy: 0.8 };
    expect(checkOf('generalisation-gap', { ...seen, measuredN: 12 }).outcome).toBe('passed');
    expect(checkOf('generalisation-gap', { ...seen, measuredN: 100 }).outcome).toBe('warning');
  });

  it('names underfitting, with the usual remedies', () => {
    const { outcome, words } = checkOf('generalisation-gap', { trainAccuracy: 0.5, measuredAccuracy: 0.48 });
    expect(outcome).toBe('warning');
    expect(words).toMatch(
      /^Underfitting: 50\.0 % .*less regularisation, another tap, a concatenation of taps, or an MLP/,
    );
  });

  it('underfitting is judged from chance: 1 of C, or a coin', () => {
    const seen = { trainAccuracy: 0.75, measuredAccuracy: 0.74 };
    expect(checkOf('generalisation-gap', seen).outcome).toBe('passed');
    expect(checkOf('generalisation-gap', { ...seen, mode: 'multi' }).words).toMatch(/^Underfitting/);
    expect(checkOf('generalisation-gap', { ...seen, units: 2 }).words).toMatch(/^Underfitting/);
  });

  it('is skipped where nothing, or next to nothing, was measured', () => {
    expect(checkOf('generalisation-gap', { measuredAccuracy: null, measuredN: 0 }).outcome).toBe('skipped');
    expect(checkOf('generalisation-gap', { measuredN: 9 }).outcome).toBe('skipped');
  });
});

describe('noisy-loss', () => {
  it('suggests a larger batch where the loss of the later epochs rises again and again', () => {
    const { outcome, words, value } = checkOf('noisy-loss', { epochLosses: [1, 0.9, 0.8, 0.5, 0.7, 0.5, 0.7, 0.5] });
    expect(outcome).toBe('warning');
    expect(value).toBeCloseTo(1 / 3);
    expect(words).toMatch(/rose in 33\.3 % of the later epochs: a larger batch/);
  });

  it('lets the first epochs and small rises pass', () => {
    expect(checkOf('noisy-loss', { epochLosses: [1, 3, 1, 3, 1, 0.9, 0.8, 0.7] }).outcome).toBe('passed');
    expect(checkOf('noisy-loss', { epochLosses: [1, 0.9, 0.8, 0.7, 0.72, 0.7, 0.72, 0.7] }).outcome).toBe('passed');
  });

  it('is skipped for heads that are solved', () => {
    expect(checkOf('noisy-loss', { epochLosses: [] }).outcome).toBe('skipped');
  });
});

describe('data', () => {
  it.each([
    ['contradictory near-duplicates', { conflicts: 2 }, /^2 groups of near-duplicates .* contradict/, 2],
    ['one group that contradicts itself', { conflicts: 1 }, /^1 group of near-duplicates carries labels that/, 1],
    ['a category of one example', { leastGroups: 1 }, /only 1 independent example: too few to tell/, 1],
    ['a category of few examples', { leastGroups: 4 }, /only 4 independent examples: too few to tell/, 4],
    ['a question of one negative', { leastNegatives: 1 }, /only 1 independent negative: too few to tell/, 1],
    ['a question of few negatives', { leastNegatives: 4 }, /only 4 independent negatives: too few to tell/, 4],
    [
      'categories of very different sizes',
      { mostRows: 301 },
      /largest category has 301 .* balanced class weights/,
      301 / 30,
    ],
  ])('%s', (_what, change, words, value) => {
    const found = checkOf('data', change);
    expect(found.outcome).toBe('warning');
    expect(found.words).toMatch(words);
    expect(found.value).toBeCloseTo(value);
  });

  it('five examples, or ten times as many, are let pass', () => {
    expect(checkOf('data', { leastGroups: 5, mostRows: 300 }).outcome).toBe('passed');
  });
});
