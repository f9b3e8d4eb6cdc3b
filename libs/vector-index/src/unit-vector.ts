import { DomainError } from '#libs/errors';

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
  let squares = 0;
  for (const component of vector) squares += component * component;
  if (!Number.isFinite(squares) || squares === 0) {
    throw new DomainError('vector_not_finite', 'Expected finite components that are not all zero.');
  }
  const length = Math.sqrt(squares);
  return Float32Array.from(vector, (component) => component / length);
}
