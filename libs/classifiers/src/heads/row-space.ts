import { FeatureMatrix } from '../numeric/feature-matrix.js';
import type { Layer, Network, Problem } from './problem.js';

/** Share of a row's squared length below which it is taken to depend on earlier rows: float32 features know no better. */
const DEPENDENT = 1e-10;
/** With more rows than this share of the columns the change of basis costs as much as it saves. */
const WORTHWHILE = 0.67;

/** One problem written in fewer columns, and the way back. */
export interface RowSpace {
  /** The same rows in coordinates of a basis of the space they span: rank columns, the same inner products. */
  readonly problem: Problem;
  /** A head on these coordinates as one on the problem's own columns: its first layer changes. */
  expand(network: Network): Network;
}

const known = new WeakMap<FeatureMatrix, RowSpace | null>();

/**
 * With fewer rows than columns, weights under an L2 penalty are a combination of the rows (the representer theorem, Schölkopf,
 * Herbrich and Smola 2001), so the same minimum is found in as many columns as there are independent rows. So are the gradients
 * of any first layer, and steps along them do not depend on the basis. The coordinates are the Cholesky factor of X·Xᵀ. Kept
 * with the matrix, so that every fit to it shares them.
 *
 * @returns null where it would not pay
 */
export function rowSpaceOf(problem: Problem): RowSpace | null {
  const { matrix } = problem;
  let space = known.get(matrix);
  if (space === undefined) {
    space = matrix.rows > WORTHWHILE * matrix.columns ? null : changeBasis(problem);
    known.set(matrix, space);
  }
  return space && { ...space, problem: { ...problem, matrix: space.problem.matrix } };
}

function changeBasis(problem: Problem): RowSpace {
  const { matrix, units } = problem;
  const { factor, pivots } = choleskyOf(gramOf(matrix), matrix.rows);
  const rank = pivots.length;
  const reduced = new FeatureMatrix(matrix.rows, Math.max(1, rank), units);
  for (let row = 0; row < matrix.rows; row++) {
    reduced.row(row).set(factor.subarray(row * matrix.rows, row * matrix.rows + rank));
  }
  const expand = ({ layers }: Network): Network => {
    const [layer, ...rest] = layers as [Layer, ...Layer[]];
    const shares = new Float64Array(matrix.rows * matrix.paddedUnits);
    for (let unit = 0; unit < layer.outputs; unit++) {
      const own = layer.weights.subarray(unit * layer.inputs, (unit + 1) * layer.inputs);
      solveTransposed(factor, matrix.rows, pivots, own).forEach((share, at) => {
        shares[(pivots[at] as number) * matrix.paddedUnits + unit] = share;
      });
    }
    const weights = combineRows(matrix, shares, layer.outputs);
    return { layers: [{ ...layer, inputs: matrix.columns, weights }, ...rest] };
  };
  return { problem: { ...problem, matrix: reduced }, expand };
}

/** sharesᵀ·X, row-major units × columns. */
function combineRows(matrix: FeatureMatrix, shares: Float64Array, units: number): Float64Array {
  const { rows, columns, stride, blockRows, paddedUnits } = matrix;
  matrix.gradient.fill(0);
  for (let first = 0; first < rows; first += blockRows) {
    const count = Math.min(blockRows, rows - first);
    matrix.outputs.set(shares.subarray(first * paddedUnits, (first + count) * paddedUnits));
    matrix.backward(first, count);
  }
  const sums = new Float64Array(units * columns);
  for (let unit = 0; unit < units; unit++) {
    sums.set(matrix.gradient.subarray(unit * stride, unit * stride + columns), unit * columns);
  }
  return sums;
}

/** X·Xᵀ, the lower half, row-major rows × rows. */
function gramOf(matrix: FeatureMatrix): Float64Array {
  const { rows, columns, paddedUnits, blockRows } = matrix;
  const gram = new Float64Array(rows * rows);
  const weights = new Float64Array(paddedUnits * columns);
  for (let query = 0; query < rows; query += paddedUnits) {
    const count = Math.min(paddedUnits, rows - query);
    for (let at = 0; at < count; at++) weights.set(matrix.row(query + at), at * columns);
    matrix.setWeights(weights, paddedUnits);
    for (let first = query; first < rows; first += blockRows) {
      const left = Math.min(blockRows, rows - first);
      matrix.forward(first, left);
      for (let row = 0; row < left; row++) {
        const products = matrix.outputs.subarray(row * paddedUnits, row * paddedUnits + count);
        gram.set(products, (first + row) * rows + query);
      }
    }
  }
  return gram;
}

/** L with L·Lᵀ = G, in place, without the columns of rows that depend on earlier ones; `pivots` names the others. */
function choleskyOf(gram: Float64Array, rows: number): { factor: Float64Array; pivots: number[] } {
  const pivots: number[] = [];
  for (let row = 0; row < rows; row++) {
    const own = gram.subarray(row * rows, (row + 1) * rows);
    const length = own[row] as number;
    let rest = length;
    pivots.forEach((pivot, column) => {
      const other = gram.subarray(pivot * rows, pivot * rows + column + 1);
      let sum = own[pivot] as number;
      for (let at = 0; at < column; at++) sum -= (own[at] as number) * (other[at] as number);
      const value = sum / (other[column] as number);
      own[column] = value;
      rest -= value * value;
    });
    own.fill(0, pivots.length);
    if (rest <= DEPENDENT * length || length === 0) continue;
    own[pivots.length] = Math.sqrt(rest);
    pivots.push(row);
  }
  return { factor: gram, pivots };
}

/** Solves Lᵀ·a = v over the pivot rows. */
function solveTransposed(factor: Float64Array, rows: number, pivots: readonly number[], v: Float64Array): Float64Array {
  const result = Float64Array.from(pivots, (_, at) => v[at] as number);
  for (let at = pivots.length - 1; at >= 0; at--) {
    const row = (pivots[at] as number) * rows;
    const value = (result[at] as number) / (factor[row + at] as number);
    result[at] = value;
    for (let before = 0; before < at; before++) {
      result[before] = (result[before] as number) - value * (factor[row + before] as number);
    }
  }
  return result;
}
