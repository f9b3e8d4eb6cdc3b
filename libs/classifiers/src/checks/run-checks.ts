import type { Check, SearchedPoint } from '../report/training-report.js';
import type { ClassifierMode } from '../training/training-set.js';

export interface CheckInput {
  readonly mode: ClassifierMode;
  readonly units: number;
  readonly initialLoss: number | null;
  /** Share of a tiny subset that a hardly regularised head learns by heart; null where it could not be tried. */
  readonly subsetAccuracy: number | null;
  readonly subsetSize: number;
  readonly trainAccuracy: number;
  readonly measuredAccuracy: number | null;
  readonly measuredN: number;
  readonly converged: boolean;
  /** Loss of each epoch; only of gradient-trained heads. */
  readonly epochLosses: readonly number[];
  readonly searched: readonly SearchedPoint[];
  readonly conflicts: number;
  /** Independent examples of the category that has the fewest … */
  readonly leastGroups: number;
  /** … and independent images that are not in it, of the one that has the fewest of those. */
  readonly leastNegatives: number;
  readonly mostRows: number;
  readonly leastRows: number;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const check = (
  name: Check['name'],
  outcome: Check['outcome'],
  words: string,
  value: number | null = null,
  expected: number | null = null,
): Check => ({ name, outcome, words, value, expected });

/** The checks a careful person makes of a training, each with what was seen and the usual remedy. */
export function runChecks(input: CheckInput): Check[] {
  return [
    initialLoss(input),
    overfitSubset(input),
    finite(input),
    convergence(input),
    generalisationGap(input),
    noisyLoss(input),
    data(input),
  ];
}

function initialLoss({ mode, units, initialLoss: value }: CheckInput): Check {
  if (value === null) return check('initial-loss', 'skipped', 'This kind of head has no loss before it is fitted.');
  const expected = mode === 'single' ? Math.log(units) : units * Math.log(2);
  const isNear = Math.abs(value - expected) <= 0.1 * expected;
  const name = mode === 'single' ? `ln(${units})` : `${units} · ln(2)`;
  const words = isNear
    ? `Before learning the loss was ${value.toFixed(3)}; knowing nothing gives ${name} = ${expected.toFixed(3)}.`
    : `Before learning the loss was ${value.toFixed(3)}, but knowing nothing gives ${name} = ${expected.toFixed(3)}: the start or the features are off.`;
  return check('initial-loss', isNear ? 'passed' : 'warning', words, value, expected);
}

function overfitSubset({ subsetAccuracy, subsetSize }: CheckInput): Check {
  if (subsetAccuracy === null)
    return check('overfit-subset', 'skipped', 'There was no small subset to learn by heart.');
  const isLearnt = subsetAccuracy >= 0.999;
  const words = isLearnt
    ? `${subsetSize} images can be learnt by heart, so features and labels reach the head as they should.`
    : `Of ${subsetSize} images only ${percent(subsetAccuracy)} can be learnt by heart: look for contradictory labels, or a tap that cannot tell them apart.`;
  return check('overfit-subset', isLearnt ? 'passed' : 'warning', words, subsetAccuracy, 1);
}

function finite({ searched }: CheckInput): Check {
  const stopped = searched.flatMap((point) => (point.stopped === null ? [] : [point.stopped]));
  if (stopped.length === 0) return check('finite', 'passed', 'No fit diverged or produced NaN.', 0, 0);
  const were = stopped.length === 1 ? 'was' : 'were';
  const words = `${stopped.length} of ${searched.length} settings ${were} given up. The first: ${stopped[0]}`;
  return check('finite', 'warning', words, stopped.length, 0);
}

function convergence({ converged }: CheckInput): Check {
  return converged
    ? check('convergence', 'passed', 'The fit ended at its optimum, or ran through all its epochs.')
    : check('convergence', 'warning', 'The fit was cut off before its optimum: more regularisation makes it easier.');
}

function generalisationGap({ trainAccuracy, measuredAccuracy, measuredN, units, mode }: CheckInput): Check {
  if (measuredAccuracy === null || measuredN < 10) {
    return check('generalisation-gap', 'skipped', 'There are too few images to measure on to tell.');
  }
  const gap = trainAccuracy - measuredAccuracy;
  const noise = 2 * Math.sqrt(Math.max(0.01, measuredAccuracy * (1 - measuredAccuracy)) / measuredN);
  const seen = `${percent(trainAccuracy)} right on images it was fitted to, ${percent(measuredAccuracy)} on others`;
  if (gap > 0.1 && gap > noise) {
    const words = `Overfitting: ${seen}. More labels help most; else more regularisation, augmented copies, or for an MLP fewer units and more dropout.`;
    return check('generalisation-gap', 'warning', words, gap, 0);
  }
  const chance = mode === 'single' ? 1 / units : 0.5;
  if (trainAccuracy < chance + 0.6 * (1 - chance)) {
    const words = `Underfitting: ${seen}. Try less regularisation, another tap, a concatenation of taps, or an MLP.`;
    return check('generalisation-gap', 'warning', words, gap, 0);
  }
  return check('generalisation-gap', 'passed', `It generalises: ${seen}.`, gap, 0);
}

function noisyLoss({ epochLosses }: CheckInput): Check {
  if (epochLosses.length < 5) return check('noisy-loss', 'skipped', 'This head is not trained by small steps.');
  const half = epochLosses.slice(Math.floor(epochLosses.length / 2));
  const rises = half.slice(1).filter((loss, at) => loss > 1.05 * (half[at] as number)).length;
  const share = rises / Math.max(1, half.length - 1);
  return share > 0.25
    ? check(
        'noisy-loss',
        'warning',
        `The loss rose in ${percent(share)} of the later epochs: a larger batch makes it steadier.`,
        share,
        0,
      )
    : check('noisy-loss', 'passed', 'The loss fell steadily.', share, 0);
}

function data({ conflicts, leastGroups, leastNegatives, mostRows, leastRows }: CheckInput): Check {
  if (conflicts > 0) {
    const groups =
      conflicts === 1 ? '1 group of near-duplicates carries' : `${conflicts} groups of near-duplicates carry`;
    const words = `${groups} labels that contradict each other; they are listed.`;
    return check('data', 'warning', words, conflicts, 0);
  }
  const least = Math.min(leastGroups, leastNegatives);
  if (least < 5) {
    const what = leastNegatives < leastGroups ? 'negative' : 'example';
    const words = `A category has only ${least} independent ${what}${least === 1 ? '' : 's'}: too few to tell how good the head is.`;
    return check('data', 'warning', words, least, 30);
  }
  if (mostRows > 10 * leastRows) {
    const words = `The largest category has ${mostRows} examples, the smallest ${leastRows}: balanced class weights may help the small one.`;
    return check('data', 'warning', words, mostRows / leastRows, 10);
  }
  return check('data', 'passed', 'Labels agree, and no category is very small beside the others.');
}
