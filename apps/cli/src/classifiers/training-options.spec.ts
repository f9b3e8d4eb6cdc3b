import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { trainingRequestSchema } from '#libs/classifiers';
import { DomainError } from '#libs/errors';
import { schemaLeaves, valueAt } from '#libs/testing';
import { addTrainingOptions, namingOptions, TRAINING_OPTIONS, trainingOrder } from './training-options.js';

const ALL = Object.values(TRAINING_OPTIONS).flat();
const DEFAULTS = trainingRequestSchema.parse({});

function parsed(...args: string[]): Record<string, unknown> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addTrainingOptions(command);
  return trainingOrder(command.parse(args, { from: 'user' }).opts());
}

describe('the options of train', () => {
  it('name every setting of a training', () => {
    const leaves = schemaLeaves(trainingRequestSchema);
    expect(leaves).toContain('optimiser.schedule');
    expect(ALL.map(({ path }) => path).toSorted()).toEqual([...leaves, 'augment'].toSorted());
  });

  it('tell the defaults that there are', () => {
    const stated = ALL.map(({ path, fallback }) => [path, valueAt(DEFAULTS, path), fallback] as const).filter(
      ([, value]) => value !== undefined && value !== 'auto',
    );
    expect(stated.length).toBeGreaterThan(10);
    for (const [path, value, fallback] of stated) expect(`${path} ${String(value)}`).toBe(`${path} ${fallback}`);
  });

  it('make an order of what is given, and leave the rest to the service', () => {
    expect(parsed()).toEqual({});
    const order = parsed(
      ...['--heads', 'softmax', 'mlp', '--taps', 'stage4+penultimate', 'logits', '--hidden', '128', '64'],
      ...['--l2', '1e-3', '--max-norm', '3', '--schedule', 'inverse', '--epochs', '9', '--precision', '.95'],
    );
    expect(order).toEqual({
      heads: ['softmax', 'mlp'],
      taps: [['stage4', 'penultimate'], ['logits']],
      mlp: { hidden: [128, 64] },
      regularisation: { l2: 0.001, maxNorm: 3 },
      optimiser: { schedule: 'inverse', epochs: 9 },
      targetPrecision: 0.95,
    });
    expect(trainingRequestSchema.parse(order)).toMatchObject(order);
  });

  it('take numbers only where numbers belong', () => {
    expect(() => parsed('--l2', 'much')).toThrow(/--l2 .*Expected a number/);
    expect(() => parsed('--schedule', 'cosine')).toThrow(/--schedule .*Allowed choices are constant, step/);
  });
});

describe('namingOptions', () => {
  const refused = (...paths: string[]) =>
    new DomainError('invalid_request', 'Expected …', {
      fields: paths.map((path) => ({ path, expected: 'at most 64', received: '99' })),
    });

  it('tells a refusal by the options', () => {
    expect(namingOptions(refused('search.candidates', 'mlp.hidden.1'))).toMatchObject({
      message:
        'Expected at most 64 for --candidates but received 99. Expected at most 64 for --hidden but received 99.',
    });
  });

  it('leaves alone what is about none of them', () => {
    for (const error of [refused(), refused('classifier'), new Error('x')]) expect(namingOptions(error)).toBe(error);
  });
});
