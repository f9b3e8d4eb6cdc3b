import type { FeatureMatrix } from './feature-matrix.js';
import { Random } from './random.js';

const ITERATIONS = 6;

/**
 * Leading eigenvectors of XᵀX ÷ n by subspace iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4) from a seeded
 * start, without ever forming the matrix.
 *
 * @param matrix centred rows, with room for `rank` units
 * @param iterations the more, the nearer to the true directions where variances differ little
 * @returns row-major rank × columns, orthonormal, and the variance along each
 */
export function principalDirections(
  matrix: FeatureMatrix,
  rank: number,
  iterations = ITERATIONS,
): { directions: Float64Array; variances: number[] } {
  const { columns, rows, stride, blockRows } = matrix;
  const random = new Random(1);
  let directions = Float64Array.from({ length: rank * columns }, () => random.normal());
  let lengths: number[] = [];
  if (rank > 0) orthonormalise(directions, columns);
  for (let iteration = 0; iteration < iterations && rank > 0; iteration++) {
    matrix.weights.fill(0);
    matrix.setWeights(directions, rank);
    matrix.gradient.fill(0);
    for (let first = 0; first < rows; first += blockRows) {
      const count = Math.min(blockRows, rows - first);
      matrix.forward32(first, count);
      matrix.backward32(first, count);
    }
    directions = new Float64Array(rank * columns);
    for (let unit = 0; unit < rank; unit++) {
      directions.set(matrix.gradient.subarray(unit * stride, unit * stride + columns), unit * columns);
    }
    // Between iterations the directions only must not fall into one; at the end they must be orthogonal.
    lengths = orthonormalise(directions, columns, iteration === iterations - 1 ? 2 : 1);
  }
  return { directions, variances: lengths.map((length) => length / Math.max(1, rows)) };
}

/** Modified Gram–Schmidt over rows, in place; returns what each row's length was once the earlier ones were taken off. */
function orthonormalise(rows: Float64Array, columns: number, passes = 1): number[] {
  const lengths: number[] = [];
  for (let from = 0; from < rows.length; from += columns) {
    const row = rows.subarray(from, from + columns);
    for (let pass = 0; pass < passes; pass++) {
      for (let before = 0; before < from; before += columns) {
        let along = 0;
        for (let at = 0; at < columns; at++) along += (rows[before + at] as number) * (row[at] as number);
        for (let at = 0; at < columns; at++) row[at] = (row[at] as number) - along * (rows[before + at] as number);
      }
    }
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (length > 1e-9) for (let at = 0; at < columns; at++) row[at] = (row[at] as number) / length;
    else row.fill(0);
    lengths.push(length);
  }
  return lengths;
}
