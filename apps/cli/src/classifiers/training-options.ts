import { InvalidArgumentError, Option, type Command } from 'commander';
import type { HeadKind, TrainingRequest } from '#libs/classifiers';
import { DomainError } from '#libs/errors';
import { names } from '../choices.js';

/** An option of `train`: what the service makes of it, and what it takes where the option is left out. */
export interface TrainingOption {
  readonly flags: string;
  readonly words: string;
  /** Where its value stands in the order that the service takes. */
  readonly path: string;
  /** In words; a value that the order's schema has as its default is written as there. */
  readonly fallback: string;
  readonly choices?: readonly string[];
  /** Of the text of the option, or of each of its texts. Ranges are the service's to check. */
  readonly read?: (text: string) => unknown;
}

const SEARCHED = 'searched';
const HEADS = names<HeadKind>({ softmax: true, svm: true, mlp: true, 'nearest-mean': true });
const SOLVERS = names<TrainingRequest['optimiser']['kind']>({ solver: true, sgd: true });
const SCHEDULES = names<TrainingRequest['optimiser']['schedule']>({
  constant: true,
  step: true,
  exponential: true,
  inverse: true,
  'square-root': true,
});
const SPLITS = names<TrainingRequest['split']>({ auto: true, 'three-way': true, 'cross-fit': true });
const CLASS_WEIGHTS = names<TrainingRequest['classWeights']>({ none: true, balanced: true });

/** Everything that can be set of a training, by what it is about. */
export const TRAINING_OPTIONS: Readonly<Record<string, readonly TrainingOption[]>> = {
  'The head:': [
    {
      flags: '--heads <kind...>',
      path: 'heads',
      words: 'kinds to choose from',
      choices: HEADS,
      fallback: 'nearest-mean up to 3 examples, else softmax and svm',
    },
    {
      flags: '--taps <taps...>',
      path: 'taps',
      words: 'choices; taps to be concatenated are joined by +, like stage4+penultimate',
      read: (text) => text.split('+'),
      fallback: 'each that there is',
    },
    {
      flags: '--augment <copies>',
      path: 'augment',
      words: 'altered copies of each image to fit to beside it',
      read: numberOf,
      fallback: '0',
    },
    {
      flags: '--class-weights <kind>',
      path: 'classWeights',
      words: 'balanced: each category weighs the same, however many examples it has',
      choices: CLASS_WEIGHTS,
      fallback: 'none',
    },
    {
      flags: '--hidden <units...>',
      path: 'mlp.hidden',
      words: 'mlp: units of each hidden layer',
      read: numberOf,
      fallback: '64',
    },
    {
      flags: '--dropout <share>',
      path: 'mlp.dropout',
      words: 'mlp: share of hidden units left out in each step',
      read: numberOf,
      fallback: '0.3',
    },
  ],
  'Regularisation (what is given is not searched):': [
    {
      flags: '--l2 <strength>',
      path: 'regularisation.l2',
      words: 'weight of ½‖W‖² beside the mean loss',
      read: numberOf,
      fallback: SEARCHED,
    },
    {
      flags: '--l1 <strength>',
      path: 'regularisation.l1',
      words: 'weight of ‖W‖₁; with --l2: elastic net; not for svm',
      read: numberOf,
      fallback: '0',
    },
    {
      flags: '--max-norm <length>',
      path: 'regularisation.maxNorm',
      words: 'greatest length of the weights that enter one unit; sgd and mlp only',
      read: numberOf,
      fallback: 'none',
    },
  ],
  'Optimiser (all but the first: for sgd and mlp):': [
    {
      flags: '--optimiser <kind>',
      path: 'optimiser.kind',
      words: 'solver: to the optimum; sgd: mini-batches with momentum, as an mlp always is',
      choices: SOLVERS,
      fallback: 'solver',
    },
    {
      flags: '--learning-rate <rate>',
      path: 'optimiser.learningRate',
      words: 'length of a step',
      read: numberOf,
      fallback: SEARCHED,
    },
    {
      flags: '--schedule <kind>',
      path: 'optimiser.schedule',
      words: 'how the rate falls. step: ÷ 10 at 60 % and 85 %; exponential: to 1 %; inverse: 1/t; square-root: 1/√t',
      choices: SCHEDULES,
      fallback: 'step',
    },
    {
      flags: '--momentum <share>',
      path: 'optimiser.momentum',
      words: 'of the step before that is kept',
      read: numberOf,
      fallback: '0.9',
    },
    {
      flags: '--batch-size <images>',
      path: 'optimiser.batchSize',
      words: 'images of each step',
      read: numberOf,
      fallback: '32',
    },
    {
      flags: '--epochs <n>',
      path: 'optimiser.epochs',
      words: 'how often each image is seen',
      read: numberOf,
      fallback: '60',
    },
  ],
  'Search of settings:': [
    {
      flags: '--candidates <n>',
      path: 'search.candidates',
      words: 'settings tried in each round, drawn in log space',
      read: numberOf,
      fallback: '8',
    },
    {
      flags: '--rounds <n>',
      path: 'search.rounds',
      words: 'coarse first, then around the best',
      read: numberOf,
      fallback: '2',
    },
    {
      flags: '--folds <n>',
      path: 'search.folds',
      words: 'of the cross-validation that decides',
      read: numberOf,
      fallback: '5',
    },
    {
      flags: '--seed <n>',
      path: 'seed',
      words: 'same seed, settings and data: same weights',
      read: numberOf,
      fallback: '1',
    },
  ],
  'Measuring:': [
    {
      flags: '--split <scheme>',
      path: 'split',
      words:
        'three-way: parts of their own to train, calibrate and measure on; cross-fit: all by turns. auto: cross-fit below 30 independent examples a category (multi: or negatives)',
      choices: SPLITS,
      fallback: 'auto',
    },
    {
      flags: '--precision <share>',
      path: 'targetPrecision',
      words: 'precision that the threshold of each category is chosen for',
      read: numberOf,
      fallback: '0.9',
    },
    {
      flags: '--acceptance <share>',
      path: 'acceptance',
      words: 'of images like the labelled ones, not to be refused as unlike anything labelled',
      read: numberOf,
      fallback: '0.95',
    },
    {
      flags: '--duplicate-cosine <cosine>',
      path: 'duplicateCosine',
      words: 'images as similar are one group, never on both sides of a split',
      read: numberOf,
      fallback: '0.97',
    },
  ],
};

const ALL = Object.values(TRAINING_OPTIONS).flat();

/** Gives a command all of them, in groups. */
export function addTrainingOptions(command: Command): void {
  for (const [group, options] of Object.entries(TRAINING_OPTIONS)) {
    for (const each of options) command.addOption(optionOf(each).helpGroup(group));
  }
}

function optionOf({ flags, words, fallback, choices, read }: TrainingOption): Option {
  // Not Commander's own default: what is left out is left to the service.
  const option = new Option(flags, `${words} (default: ${fallback})`);
  if (choices) option.choices(choices);
  if (read) {
    option.argParser((text: string, before: unknown) =>
      option.variadic ? [...(Array.isArray(before) ? (before as unknown[]) : []), read(text)] : read(text),
    );
  }
  return option;
}

/** The order as the service takes it: what was given, each where it belongs. @param given as the command parsed it */
export function trainingOrder(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const order: Record<string, unknown> = {};
  for (const each of ALL) {
    const value = given[optionOf(each).attributeName()];
    if (value === undefined) continue;
    const [first = '', second] = each.path.split('.');
    order[first] = second === undefined ? value : { ...(order[first] as object | undefined), [second]: value };
  }
  return order;
}

/** What the service has against an order, told by the options it was given with. */
export function namingOptions(error: unknown): unknown {
  if (!(error instanceof DomainError) || error.code !== 'invalid_request') return error;
  const told = error.fields.flatMap(({ path, expected, received }) => {
    const option = ALL.find((each) => path === each.path || path.startsWith(`${each.path}.`));
    return option ? [`Expected ${expected} for ${optionOf(option).long} but received ${received}.`] : [];
  });
  return told.length === 0 ? error : new InvalidArgumentError(told.join(' '));
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
}
