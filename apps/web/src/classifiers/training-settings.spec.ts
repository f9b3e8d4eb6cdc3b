import { describe, expect, it } from 'vitest';
import { trainingRequestSchema } from '../../../../libs/classifiers/src/training/training-request.js';
import { schemaLeaves, valueAt } from '../../../../libs/testing/src/schemas/schema-leaves.js';
import { changedSettings, faultsOf, MORE_SETTINGS, orderOf } from './training-settings.js';

const ALL = MORE_SETTINGS.flatMap(({ settings }) => settings);
/** Settings that stand above the fold. */
const ABOVE = ['heads', 'seed'];

describe('the settings of a training', () => {
  it('are all that the service has', () => {
    const leaves = schemaLeaves(trainingRequestSchema);
    expect([...ALL.map(({ path }) => path), ...ABOVE].toSorted()).toEqual(leaves.toSorted());
  });

  it('show the defaults that the service has', () => {
    const defaults = trainingRequestSchema.parse({});
    for (const { path, fallback, choices } of ALL) {
      const value = valueAt(defaults, path);
      if (value !== undefined && path !== 'taps') expect(`${path} ${String(value)}`).toBe(`${path} ${fallback}`);
      if (choices) expect(choices.map(([one]) => one)).toContain(fallback);
    }
  });

  it('have every choice taken by the service', () => {
    for (const { path, choices = [] } of ALL) {
      for (const [value] of choices) {
        const order = orderOf({ [path]: value });
        expect(valueAt(trainingRequestSchema.parse(order), path)).toBe(value);
      }
    }
  });
});

describe('orderOf', () => {
  it('leaves to the service what is not entered', () => {
    expect(orderOf({})).toEqual({});
    expect(orderOf({ 'regularisation.l2': '  ', taps: '' })).toEqual({});
  });

  it('puts each value where it belongs', () => {
    const entered = {
      'regularisation.l2': '1e-3',
      'regularisation.maxNorm': '3',
      'optimiser.kind': 'sgd',
      'optimiser.epochs': ' 20 ',
      'mlp.hidden': '128, 64',
      taps: 'stage4+penultimate, logits',
      targetPrecision: '.95',
    };
    expect(orderOf(entered)).toEqual({
      regularisation: { l2: 0.001, maxNorm: 3 },
      optimiser: { kind: 'sgd', epochs: 20 },
      mlp: { hidden: [128, 64] },
      taps: [['stage4', 'penultimate'], ['logits']],
      targetPrecision: 0.95,
    });
  });

  it('hands on what is no number, for the service to refuse', () => {
    const order = orderOf({ 'search.folds': 'few', 'mlp.hidden': '64 wide' });
    expect(order).toEqual({ search: { folds: 'few' }, mlp: { hidden: [64, 'wide'] } });
    expect(trainingRequestSchema.safeParse(order).success).toBe(false);
  });
});

describe('changedSettings', () => {
  it('counts what is not as it would be by itself', () => {
    expect(changedSettings({ 'search.folds': '5', 'search.rounds': '3', split: 'auto', taps: ' ' })).toBe(1);
  });
});

describe('faultsOf', () => {
  const problem = (path: string) => ({ path, expected: 'at most 64', received: '99' });

  it('puts what is wrong beside the setting it is about', () => {
    const { faults, elsewhere } = faultsOf([problem('search.candidates'), problem('mlp.hidden.1')]);
    expect([...faults]).toEqual([
      ['search.candidates', 'Expected at most 64, not 99.'],
      ['mlp.hidden', 'Expected at most 64, not 99.'],
    ]);
    expect(elsewhere).toBe(false);
  });

  it('says when something has no place, or nothing has', () => {
    expect(faultsOf([problem('split'), problem('other')]).elsewhere).toBe(true);
    expect(faultsOf([problem('seed')], ['seed'])).toEqual({
      faults: new Map([['seed', 'Expected at most 64, not 99.']]),
      elsewhere: false,
    });
    expect(faultsOf([]).elsewhere).toBe(true);
  });
});
