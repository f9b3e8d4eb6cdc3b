import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { PartRows } from '../matrix/part-rows.js';
import { Projection } from '../matrix/projection.js';

/** Rows the axes are fitted to: twice as many move them by less than re-ranking notices. */
const SAMPLE = 4096;
const ROWS_AT_ONCE = 64;
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * The axes along which a segment's rows have most of their length: eigenvectors of the second moments (not of the covariance:
 * what is to be kept is the inner product, so nothing is centred) of a sample spread evenly over the rows.
 *
 * @param components kept axes, fewer than the rows' own
 */
export async function principalAxes(rows: PartRows, count: number, components: number): Promise<Projection> {
  const { dimension } = rows.layout;
  const moments = Array.from({ length: dimension }, () => new Float64Array(dimension));
  const sampled = Math.min(count, SAMPLE);
  for (let n = 0; n < sampled; n++) {
    const row = rows.vector(Math.floor((n * count) / sampled));
    for (let i = 0; i < dimension; i++) {
      const a = row[i] ?? 0;
      const into = moments[i];
      if (a === 0 || !into) continue;
      for (let j = i; j < dimension; j++) into[j] = (into[j] ?? 0) + a * (row[j] ?? 0);
    }
    if (n % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await pause();
  }
  const symmetric = new Matrix(dimension, dimension);
  for (let i = 0; i < dimension; i++) {
    for (let j = i; j < dimension; j++) {
      const value = (moments[i]?.[j] ?? 0) / sampled;
      symmetric.set(i, j, value);
      symmetric.set(j, i, value);
    }
  }
  const { eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  // Eigenvalues ascend: the last columns are the longest axes.
  const axes = new Float32Array(components * dimension);
  for (let axis = 0; axis < components; axis++) {
    for (let i = 0; i < dimension; i++) axes[axis * dimension + i] = eigenvectorMatrix.get(i, dimension - 1 - axis);
  }
  return new Projection(axes, dimension);
}
