import { Random } from '../numeric/random.js';
import { ALWAYS_TRAIN, stratifiedFolds } from '../splits/stratified-folds.js';
import { groupsOfCategory, strataOf } from './describe-data.js';
import type { PreparedSet } from './prepare-set.js';
import type { TrainingRequest } from './training-request.js';

/** Independent examples a category needs before parts of their own are set aside to calibrate and to measure on. */
const ENOUGH_GROUPS = 30;

/** Rows by what they are for. */
export type Split =
  | {
      readonly scheme: 'three-way';
      readonly train: readonly number[];
      readonly calibration: readonly number[];
      readonly test: readonly number[];
    }
  | { readonly scheme: 'cross-fit'; readonly train: readonly number[]; readonly foldings: readonly Int32Array[] };

/** Three parts where every category has enough independent examples, else repeated cross-fitting. */
export function splitRows(data: PreparedSet, request: TrainingRequest): Split {
  const units = data.set.categories.length;
  const least = Math.min(...Array.from({ length: units }, (_, unit) => groupsOfCategory(data, unit)));
  const all = Array.from(data.rows, (_, at) => at);
  const random = Random.for(request.seed, 'split');
  const isThreeWay = request.split === 'three-way' || (request.split === 'auto' && least >= ENOUGH_GROUPS);
  if (isThreeWay) {
    // Twentieths: 60 % to train on, 20 % to calibrate on, 20 % to measure on.
    const folds = foldsOf(data, all, 5, random);
    const pick = (belongs: (fold: number) => boolean) => all.filter((at) => belongs(folds[at] as number));
    const measured = (at: number) => !data.isCopy[at];
    return {
      scheme: 'three-way',
      train: pick((fold) => fold >= 2 || fold === ALWAYS_TRAIN),
      calibration: pick((fold) => fold === 1).filter(measured),
      test: pick((fold) => fold === 0).filter(measured),
    };
  }
  const repeats = all.length <= 400 ? 3 : 1;
  const foldings = Array.from({ length: repeats }, () => foldsOf(data, all, 5, random));
  return { scheme: 'cross-fit', train: all, foldings };
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
