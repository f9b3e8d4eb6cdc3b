import { Random } from '../../libs/classifiers/src/numeric/random.js';
import { calibrationBins, calibrationError } from '../../libs/classifiers/src/report/calibration-error.js';
import { calibrationInterval } from '../../libs/classifiers/src/report/calibration-interval.js';
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

/** Debiased calibration error of the most probable category, 15 bins of equal mass, with its 95 % interval. */
export function heldOutEce(confidences: readonly number[], hits: readonly number[]): string {
  const error = calibrationError(calibrationBins(confidences, hits));
  const { low, high } = calibrationInterval(
    confidences.map((_, row) => [row]),
    confidences.map((confidence, row) => [[confidence, hits[row] as number]]),
    { resampling: Random.for(1, 'ece'), chance: Random.for(1, 'calibrated') },
  );
  return `${error.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)}, n ${confidences.length})`;
}
