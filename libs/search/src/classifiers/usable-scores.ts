import type { FeatureRows } from '#libs/catalogue';

export interface UsableScores {
  readonly imageIds: number[];
  /** Row-major images × categories. */
  readonly scores: Float32Array;
  /** Images with features, or scores, that are not all finite numbers. */
  readonly unusable: number[];
}

/**
 * Scores that can be kept. One image with NaN among its features, say of a damaged model file, must not cost the others
 * their scores.
 *
 * @param scores row-major, one row for each of the images
 */
export function usableScores({ imageIds, features }: FeatureRows, scores: Float32Array): UsableScores {
  const rows = imageIds.length;
  const fits = (values: Float32Array, row: number) => isFiniteRow(values, row, values.length / rows);
  const usable = imageIds.map((_, row) => fits(features, row) && fits(scores, row));
  if (usable.every(Boolean)) return { imageIds, scores, unusable: [] };
  const width = scores.length / rows;
  return {
    imageIds: imageIds.filter((_, row) => usable[row]),
    scores: scores.filter((_, at) => usable[Math.floor(at / width)]),
    unusable: imageIds.filter((_, row) => !usable[row]),
  };
}

function isFiniteRow(values: Float32Array, row: number, width: number): boolean {
  // A sum of finite float32 values is finite in float64, and any other value stays in it.
  let sum = 0;
  for (let at = row * width; at < (row + 1) * width; at++) sum += values[at] as number;
  return Number.isFinite(sum);
}

/** The first of them, for a log. */
export const someOf = (imageIds: readonly number[]): string =>
  imageIds.slice(0, 10).join(', ') + (imageIds.length > 10 ? ', …' : '');
