import { FeatureMatrix } from '../numeric/feature-matrix.js';
import { principalDirections } from '../numeric/principal-directions.js';
import type { Problem } from './problem.js';

const MOST_DIRECTIONS = 64;
/** With fewer rows or columns a step costs too little for the directions to pay. */
const LEAST_ROWS = 2048;
const LEAST_COLUMNS = 32;
/** Rows that the directions are taken from, evenly spread: they need not be exact. */
const SAMPLE = 2048;
const ITERATIONS = 2;

interface Spectrum {
  /** One orthonormal direction a row, with room for every category. */
  readonly directions: FeatureMatrix;
  readonly variances: readonly number[];
  /** Mean variance along everything else. */
  readonly rest: number;
}

const known = new WeakMap<FeatureMatrix, Spectrum | null>();

/**
 * An approximate inverse Hessian of the linear objective: for category c about κ_c · XᵀX/n + l2, where κ_c is how much its
 * outputs still move, with XᵀX/n as its leading principal directions and one variance for the rest. Features of an encoder
 * hang together, and L-BFGS spends most of its steps on learning these few directions.
 */
export class Preconditioner {
  /** @returns null where there are too few rows or columns to gain anything */
  static of(problem: Problem, l2: number): Preconditioner | null {
    const { matrix } = problem;
    let spectrum = known.get(matrix);
    if (spectrum === undefined) {
      spectrum = spectrumOf(matrix, problem.units);
      known.set(matrix, spectrum);
    }
    return spectrum && new Preconditioner(spectrum, matrix.columns, l2);
  }

  private constructor(
    private readonly spectrum: Spectrum,
    private readonly columns: number,
    private readonly l2: number,
  ) {}

  /**
   * Multiplies by the inverse, in place.
   *
   * @param vector a gradient: W row-major C × d, then C biases
   * @param curvature κ of each category
   */
  apply(vector: Float64Array, curvature: Float64Array): void {
    const { columns, l2 } = this;
    const { directions, variances, rest } = this.spectrum;
    const { outputs, paddedUnits, stride, gradient } = directions;
    const units = curvature.length;
    directions.setWeights(vector, units);
    directions.forward(0, directions.rows);
    for (let unit = 0; unit < units; unit++) {
      const slope = slopeOf(curvature[unit] as number);
      const plain = 1 / (slope * rest + l2);
      variances.forEach((variance, at) => {
        const along = at * paddedUnits + unit;
        outputs[along] = (outputs[along] as number) * (1 / (slope * variance + l2) - plain);
      });
    }
    gradient.fill(0);
    directions.backward(0, directions.rows);
    for (let unit = 0; unit < units; unit++) {
      const slope = slopeOf(curvature[unit] as number);
      const plain = 1 / (slope * rest + l2);
      for (let column = 0; column < columns; column++) {
        const at = unit * columns + column;
        vector[at] = plain * (vector[at] as number) + (gradient[unit * stride + column] as number);
      }
      const bias = units * columns + unit;
      vector[bias] = (vector[bias] as number) / slope;
    }
  }
}

const slopeOf = (curvature: number): number => Math.max(curvature, 1e-9);

function spectrumOf(matrix: FeatureMatrix, units: number): Spectrum | null {
  const { rows, columns } = matrix;
  if (rows < LEAST_ROWS || columns < LEAST_COLUMNS) return null;
  const rank = Math.min(MOST_DIRECTIONS, Math.floor(columns / 4));
  const count = Math.min(rows, SAMPLE);
  const sample = new FeatureMatrix(count, columns, rank);
  let total = 0;
  for (let row = 0; row < count; row++) {
    const values = matrix.row(Math.floor((row * rows) / count));
    sample.row(row).set(values);
    for (const value of values) total += value * value;
  }
  const { directions, variances } = principalDirections(sample, rank, ITERATIONS);
  const left = total / count - variances.reduce((sum, variance) => sum + variance, 0);
  const kept = new FeatureMatrix(rank, columns, units, rank);
  for (let at = 0; at < rank; at++) kept.row(at).set(directions.subarray(at * columns, (at + 1) * columns));
  return { directions: kept, variances, rest: Math.max(left, 1e-6 * (total / count)) / (columns - rank) };
}
