import { DomainError } from '#libs/errors';
import type { BestScore } from './vector-index.js';

/**
 * The vector at length 1, a copy.
 *
 * @throws DomainError `vector_dimension_mismatch`, `vector_not_finite`
 */
export function unitVector(vector: Float32Array, dimension: number): Float32Array {
  if (vector.length !== dimension) {
    throw new DomainError(
      'vector_dimension_mismatch',
      `Expected a vector of ${dimension} components but received ${vector.length}.`,
    );
  }
  const squares = squaredLength(vector);
  if (!Number.isFinite(squares) || squares === 0) {
    throw new DomainError('vector_not_finite', 'Expected finite components that are not all zero.');
  }
  const length = Math.sqrt(squares);
  const unit = new Float32Array(dimension);
  for (let i = 0; i < dimension; i++) unit[i] = (vector[i] ?? 0) / length;
  return unit;
}

/** Whether a cosine with the vector can be told: its components are finite and not all zero. */
export function hasDirection(vector: Float32Array): boolean {
  const squares = squaredLength(vector);
  return Number.isFinite(squares) && squares > 0;
}

/**
 * Checks the examples of a best-score.
 *
 * @throws DomainError `vector_dimension_mismatch`, `vector_not_finite`
 */
export function mustMeasure(best: BestScore | undefined, dimension: number): void {
  for (const vector of best ? [...best.positives, ...best.negatives] : []) unitVector(vector, dimension);
}

function squaredLength(vector: Float32Array): number {
  // A plain loop: this runs for every query and every new image, and iterators cost ten times as much.
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += (vector[i] ?? 0) ** 2;
  return squares;
}
