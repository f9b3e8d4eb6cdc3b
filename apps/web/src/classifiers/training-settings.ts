import type { FieldProblem } from '../shared/types.js';

/** One setting of a training: where it stands in the order, and what it is where nothing is entered. */
export interface Setting {
  readonly path: string;
  readonly label: string;
  /** What the service takes where nothing is given. */
  readonly fallback: string;
  /** Value and words; without them the setting is entered as text. */
  readonly choices?: readonly (readonly [value: string, words: string])[];
  /** How a text becomes a value; a number where nothing is said. */
  readonly read?: (text: string) => unknown;
}

export interface SettingGroup {
  readonly title: string;
  readonly note?: string;
  readonly settings: readonly Setting[];
}

/** What was entered, as text, by path; what is missing or empty is left to the service. */
export type Entered = Readonly<Record<string, string>>;

/** A text that is no number goes as it is, so that the service says what belongs there. */
const numberOf = (text: string): unknown => (Number.isFinite(Number(text)) ? Number(text) : text);
const listOf = (text: string): string[] => text.split(/[\s,]+/).filter((part) => part !== '');

const SEARCHED = 'searched';

/** Settings that few need, in the order in which they are shown. */
export const MORE_SETTINGS: readonly SettingGroup[] = [
  {
    title: 'Images',
    settings: [
      {
        path: 'taps',
        label: 'Taps: choices, with + between those to be joined',
        fallback: 'each there is',
        read: (text) => listOf(text).map((choice) => choice.split('+')),
      },
      {
        path: 'classWeights',
        label: 'Weight of a category',
        fallback: 'none',
        choices: [
          ['none', 'by how many images it has'],
          ['balanced', 'the same for each'],
        ],
      },
      {
        path: 'split',
        label: 'Measured on',
        fallback: 'auto',
        choices: [
          ['auto', 'whichever suits'],
          ['three-way', 'a part kept for that'],
          ['cross-fit', 'all images by turns'],
        ],
      },
      { path: 'duplicateCosine', label: 'Near-duplicates from a cosine of', fallback: '0.97' },
    ],
  },
  {
    title: 'Regularisation',
    note: 'What is entered is not searched.',
    settings: [
      { path: 'regularisation.l2', label: 'L2', fallback: SEARCHED },
      { path: 'regularisation.l1', label: 'L1 (not for an SVM)', fallback: '0' },
      { path: 'regularisation.maxNorm', label: 'Greatest norm (steps only)', fallback: 'none' },
    ],
  },
  {
    title: 'Search',
    settings: [
      { path: 'search.candidates', label: 'Settings a round', fallback: '8' },
      { path: 'search.rounds', label: 'Rounds', fallback: '2' },
      { path: 'search.folds', label: 'Folds', fallback: '5' },
    ],
  },
  {
    title: 'Steps',
    note: 'For the small network; for softmax and SVM where the optimiser is steps.',
    settings: [
      {
        path: 'optimiser.kind',
        label: 'Optimiser',
        fallback: 'solver',
        choices: [
          ['solver', 'solver: to the optimum'],
          ['sgd', 'steps (SGD with momentum)'],
        ],
      },
      { path: 'optimiser.learningRate', label: 'Learning rate', fallback: SEARCHED },
      {
        path: 'optimiser.schedule',
        label: 'It falls',
        fallback: 'step',
        choices: [
          ['constant', 'not at all'],
          ['step', 'by steps: ÷ 10 at 60 % and 85 %'],
          ['exponential', 'exponentially, to 1 %'],
          ['inverse', 'as 1/t'],
          ['square-root', 'as 1/√t'],
        ],
      },
      { path: 'optimiser.momentum', label: 'Momentum', fallback: '0.9' },
      { path: 'optimiser.batchSize', label: 'Images a step', fallback: '32' },
      { path: 'optimiser.epochs', label: 'Epochs', fallback: '60' },
    ],
  },
  {
    title: 'Small network',
    settings: [
      {
        path: 'mlp.hidden',
        label: 'Units of each hidden layer',
        fallback: '64',
        read: (text) => listOf(text).map(numberOf),
      },
      { path: 'mlp.dropout', label: 'Dropout', fallback: '0.3' },
    ],
  },
  {
    title: 'Wanted',
    settings: [
      { path: 'targetPrecision', label: 'Precision at the threshold', fallback: '0.9' },
      { path: 'acceptance', label: 'Share of like images accepted', fallback: '0.95' },
    ],
  },
];

const ALL = MORE_SETTINGS.flatMap(({ settings }) => settings);

/** The order that was entered, each value where it belongs. */
export function orderOf(entered: Entered): Record<string, unknown> {
  const order: Record<string, unknown> = {};
  for (const { path, choices, read = choices ? String : numberOf } of ALL) {
    const text = entered[path]?.trim() ?? '';
    if (text === '') continue;
    const [first = '', second] = path.split('.');
    order[first] =
      second === undefined ? read(text) : { ...(order[first] as object | undefined), [second]: read(text) };
  }
  return order;
}

/** How many settings are not what they would be by themselves. */
export const changedSettings = (entered: Entered): number =>
  ALL.filter(({ path, fallback }) => {
    const text = entered[path]?.trim() ?? '';
    return text !== '' && text !== fallback;
  }).length;

/**
 * What the service has against an order, by the path of the setting that is wrong.
 *
 * @param known paths that the form has a place for, besides those of `MORE_SETTINGS`
 * @returns `elsewhere`: whether some of it, or all, has no place in the form
 */
export function faultsOf(
  fields: readonly FieldProblem[],
  known: readonly string[] = [],
): { readonly faults: ReadonlyMap<string, string>; readonly elsewhere: boolean } {
  const paths = [...ALL.map(({ path }) => path), ...known];
  const faults = new Map<string, string>();
  let placed = 0;
  for (const { path, expected, received } of fields) {
    const mine = paths.find((one) => path === one || path.startsWith(`${one}.`));
    if (mine === undefined) continue;
    placed++;
    if (!faults.has(mine)) faults.set(mine, `Expected ${expected}, not ${received}.`);
  }
  return { faults, elsewhere: placed < fields.length || fields.length === 0 };
}
