import type { TrainingSet } from '#libs/classifiers';
import type { SetFeatures } from './features.js';
import type { PhotoSet } from './photo-sets.js';

/** Some rows of a row-major matrix. */
export function pickRows(features: Float32Array, dimension: number, rows: readonly number[]): Float32Array {
  const picked = new Float32Array(rows.length * dimension);
  rows.forEach((row, at) => picked.set(features.subarray(row * dimension, (row + 1) * dimension), at * dimension));
  return picked;
}

/**
 * What the service would train on, had these photos been labelled.
 *
 * @param categories numbers of the set's categories that the classifier has; `rows` are of these
 */
export function trainingSetOf(
  set: PhotoSet,
  taps: SetFeatures,
  rows: readonly number[],
  categories: readonly number[] = set.categories.map((_, at) => at),
): TrainingSet {
  const labels = new Int8Array(rows.length * categories.length);
  rows.forEach((row, at) => (labels[at * categories.length + categories.indexOf(categoryOf(set, row))] = 1));
  const features = Object.entries(taps).map(([tap, values]) => [
    tap,
    pickRows(values, values.length / set.photos.length, rows),
  ]);
  return {
    mode: 'single',
    categories: categories.map((at) => ({ id: String(at), name: set.categories[at] ?? '' })),
    encoderFingerprint: '',
    ids: rows.map((row) => set.photos[row]?.id ?? ''),
    features: Object.fromEntries(features) as Record<string, Float32Array>,
    labels,
  };
}

export const categoryOf = (set: PhotoSet, row: number): number => set.photos[row]?.category ?? -1;

/** Number of the category with the greatest score, per row. */
export function mostProbable(scores: Float32Array, units: number): number[] {
  return Array.from({ length: scores.length / units }, (_, row) => {
    const own = scores.subarray(row * units, (row + 1) * units);
    return own.indexOf(Math.max(...own));
  });
}
