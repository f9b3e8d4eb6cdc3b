import { Random } from '../../libs/classifiers/src/numeric/random.js';
import { calibrationBins, calibrationError } from '../../libs/classifiers/src/report/calibration-error.js';
import { bootstrap } from '../../libs/classifiers/src/report/intervals.js';
import type { PhotoSet } from './photo-sets.js';

/** Seeded, stratified fold numbers of the photos. */
export function heldOutFolds(set: PhotoSet, folds: number): Int32Array {
  const result = new Int32Array(set.photos.length);
  set.categories.forEach((_, category) => {
    const rows = set.photos.flatMap((photo, row) => (photo.category === category ? [row] : []));
    Random.for(1, set.name, category)
      .shuffle(rows)
      .forEach((row, at) => (result[row] = at % folds));
  });
  return result;
}

/** Rows to train on beside a held-out fold: the first `shots` of each category in a seeded order, or all for 0. */
export function shotsOf(set: PhotoSet, folds: Int32Array, fold: number, shots: number): number[] {
  return set.categories.flatMap((_, category) => {
    const rows = set.photos.flatMap((photo, row) => (photo.category === category && folds[row] !== fold ? [row] : []));
    const shuffled = Random.for(2, set.name, category, fold).shuffle(rows);
    return shots === 0 ? shuffled : shuffled.slice(0, shots);
  });
}

/** Debiased calibration error of the most probable category, 15 bins of equal mass, with its 95 % bootstrap interval. */
export function heldOutEce(confidences: readonly number[], hits: readonly number[]): string {
  const errorOf = (rows: readonly number[]): number =>
    calibrationError(
      calibrationBins(
        rows.map((row) => confidences[row] as number),
        rows.map((row) => hits[row] as number),
      ),
    );
  const all = confidences.map((_, row) => row);
  const alone = all.map((row) => [row]);
  const spread = bootstrap(alone, errorOf, Random.for(1, 'ece'), 200);
  return `${errorOf(all).toFixed(3)} (${spread?.low.toFixed(3)}–${spread?.high.toFixed(3)}, n ${all.length})`;
}
