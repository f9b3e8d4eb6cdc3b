import { DomainError } from '#libs/errors';
import { Random } from '../numeric/random.js';
import { ALWAYS_TRAIN, stratifiedFolds } from '../splits/stratified-folds.js';
import { groupsOfCategory, strataOf } from './describe-data.js';
import type { PreparedSet } from './prepare-set.js';
import type { TrainingRequest } from './training-request.js';

/** Independent examples a category needs before parts of their own are set aside to calibrate and to measure on. */
const ENOUGH_GROUPS = 30;
/** Parts of about the same size that images are dealt to. */
const FIFTHS = 5;

/** Rows by what they are for. */
export type Split =
  | {
      readonly scheme: 'three-way';
      readonly train: readonly number[];
      readonly calibration: readonly number[];
      readonly test: readonly number[];
    }
  | { readonly scheme: 'cross-fit'; readonly train: readonly number[]; readonly foldings: readonly Int32Array[] };

/** What a category has the fewest of, and how many are independent. */
interface Scarcest {
  readonly what: 'examples' | 'negatives';
  readonly count: number;
}

/**
 * Three parts where every category has enough independent examples (multi: and negatives), else repeated cross-fitting.
 *
 * @throws DomainError `training_data_invalid` where three parts are asked for and a category has too few independent
 *   examples to be in each
 */
export function splitRows(data: PreparedSet, request: TrainingRequest): Split {
  const scarcest = data.set.categories.map((_, unit) => scarcestOf(data, unit));
  const least = Math.min(...scarcest.map(({ count }) => count));
  const all = Array.from(data.rows, (_, at) => at);
  const random = Random.for(request.seed, 'split');
  if (request.split === 'three-way' || (request.split === 'auto' && least >= ENOUGH_GROUPS)) {
    const parts = threeParts(data, all, random);
    const lacking = lackingIn(data, parts, scarcest);
    if (lacking.length === 0) return { scheme: 'three-way', ...parts };
    if (request.split === 'three-way') throw tooFew(data, lacking, scarcest);
  }
  const repeats = all.length <= 400 ? 3 : 1;
  const foldings = Array.from({ length: repeats }, () => foldsOf(data, all, FIFTHS, random));
  return { scheme: 'cross-fit', train: all, foldings };
}

/** A yes/no question (multi) takes both answers; a category of a single choice has the others' examples as negatives. */
function scarcestOf(data: PreparedSet, unit: number): Scarcest {
  const examples = groupsOfCategory(data, unit);
  const negatives = data.set.mode === 'multi' ? groupsOfCategory(data, unit, -1) : Infinity;
  return negatives < examples ? { what: 'negatives', count: negatives } : { what: 'examples', count: examples };
}

interface Parts {
  readonly train: readonly number[];
  readonly calibration: readonly number[];
  readonly test: readonly number[];
}

/** Three fifths to train on, one to calibrate on, one to measure on; always fifths, however small a stratum is. */
function threeParts(data: PreparedSet, all: readonly number[], random: Random): Parts {
  const measured = (at: number) => !data.isCopy[at];
  const folds = stratifiedFolds({ strata: strataOf(data, all), groups: data.groups, measured }, FIFTHS, random);
  const pick = (belongs: (fold: number) => boolean) => all.filter((at) => belongs(folds[at] as number));
  return {
    train: pick((fold) => fold >= 2 || fold === ALWAYS_TRAIN),
    calibration: pick((fold) => fold === 1).filter(measured),
    test: pick((fold) => fold === 0).filter(measured),
  };
}

/** Categories with fewer independent examples (multi: or negatives) than there are fifths, or that a part has none of. */
function lackingIn(data: PreparedSet, { train, calibration, test }: Parts, scarcest: readonly Scarcest[]): number[] {
  const units = scarcest.length;
  const needed = data.set.mode === 'multi' ? [1, -1] : [1];
  const has = (part: readonly number[], unit: number) =>
    needed.every((label) => part.some((at) => data.targets[at * units + unit] === label));
  return scarcest.flatMap(({ count }, unit) =>
    count >= FIFTHS && [train, calibration, test].every((part) => has(part, unit)) ? [] : [unit],
  );
}

function tooFew({ set }: PreparedSet, lacking: readonly number[], scarcest: readonly Scarcest[]): DomainError {
  const problems = lacking.map((unit) => ({
    name: set.categories[unit]?.name ?? '',
    ...(scarcest[unit] as Scarcest),
  }));
  const fields = problems.map(({ name, what, count }) => ({
    path: `categories.${name}`,
    expected: `at least ${FIFTHS} independent ${what} for three parts`,
    received: `${count}`,
  }));
  const [first] = problems;
  const received = first?.count === 1 ? 'there is 1' : `there are ${first?.count}`;
  const detail =
    `${first?.name}: parts of their own to train on, to calibrate on and to measure on (three-way) take ` +
    `at least ${FIFTHS} independent ${first?.what} of each category, and ${received}; near-duplicates count as one. ` +
    'Label more, or let it cross-fit.';
  return new DomainError('training_data_invalid', detail, { fields });
}

/** Folds of some rows, as many as are wanted, but no more than the rarest category has independent examples (at least 2). */
export function foldsOf(data: PreparedSet, picked: readonly number[], wanted: number, random: Random): Int32Array {
  const strata = strataOf(data, picked);
  const groups = Int32Array.from(picked, (at) => data.groups[at] as number);
  const sizes = new Map<number, Set<number>>();
  strata.forEach((stratum, at) => sizes.set(stratum, (sizes.get(stratum) ?? new Set()).add(groups[at] as number)));
  const least = Math.min(...[...sizes.values()].map(({ size }) => size).filter((size) => size > 1), wanted);
  const measured = (at: number) => !data.isCopy[picked[at] as number];
  return stratifiedFolds({ strata, groups, measured }, Math.max(2, Math.min(wanted, least)), random);
}
