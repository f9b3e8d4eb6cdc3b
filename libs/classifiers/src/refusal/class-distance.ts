import { DomainError } from '#libs/errors';
import type { Problem } from '../heads/problem.js';
import { FeatureMatrix } from '../numeric/feature-matrix.js';
import { principalDirections } from '../numeric/principal-directions.js';
import { standardised, type Standardiser } from '../training/design.js';

const RANK = 32;
/** Share of the mean variance mixed into every direction's: few images show too little of how they vary. */
const SHRINKAGE = 0.2;

/** Where labelled images lie and how they vary around it, in standardised features. */
export interface ClassDistanceModel {
  readonly dimension: number;
  /** Row-major centres × dimension. */
  readonly centres: Float32Array;
  /** Row-major rank × dimension, unit vectors. */
  readonly directions: Float32Array;
  readonly variances: readonly number[];
  readonly residualVariance: number;
}

export interface Refusal {
  readonly model: ClassDistanceModel;
  /** Distances of raw feature rows. */
  distances(raw: Float32Array): Float64Array;
}

/**
 * Learns how far images of a category usually lie from its mean: the Mahalanobis distance with one covariance for all
 * categories (Lee et al. 2018), kept as its leading directions and one variance for the rest (Tipping and Bishop 1999).
 * multi: images may be in no category, so the distance is to the mean of all. A category without a row has no centre.
 *
 * @throws DomainError `training_data_invalid` without any row
 */
export function fitRefusal(problem: Problem, standardiser: Standardiser): Refusal {
  const { matrix, units, targets, mode } = problem;
  const { columns, rows } = matrix;
  if (rows === 0)
    throw new DomainError('training_data_invalid', 'There is no image to learn from what images are like.');
  const categoryOf = (row: number) =>
    mode === 'single' ? targets.subarray(row * units, (row + 1) * units).indexOf(1) : 0;
  const present = [...new Set(Array.from({ length: rows }, (_, row) => categoryOf(row)))].sort((a, b) => a - b);
  const centreOf = (row: number) => present.indexOf(categoryOf(row));
  const count = present.length;
  const centres = new Float32Array(count * columns);
  const sizes = new Float64Array(count);
  for (let row = 0; row < rows; row++) sizes[centreOf(row)] = (sizes[centreOf(row)] as number) + 1;
  for (let row = 0; row < rows; row++) {
    const centre = centreOf(row);
    const share = 1 / (sizes[centre] as number);
    const from = centre * columns;
    matrix
      .row(row)
      .forEach((value, column) => (centres[from + column] = (centres[from + column] as number) + value * share));
  }
  const rank = Math.max(0, Math.min(RANK, rows - count - 1, columns - 1));
  const residuals = new FeatureMatrix(rows, columns, Math.max(4, rank));
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const from = centreOf(row) * columns;
    const target = residuals.row(row);
    matrix.row(row).forEach((value, column) => {
      const difference = value - (centres[from + column] as number);
      target[column] = difference;
      total += difference * difference;
    });
  }
  const { directions, variances } = principalDirections(residuals, rank);
  const mean = Math.max(total / rows / columns, 1e-9);
  const rest = Math.max(0, total / rows - variances.reduce((sum, value) => sum + value, 0)) / (columns - rank);
  const shrink = (variance: number) => (1 - SHRINKAGE) * variance + SHRINKAGE * mean;
  const model = {
    dimension: columns,
    centres,
    directions: Float32Array.from(directions),
    variances: variances.map(shrink),
    residualVariance: shrink(rest),
  };
  const distances = (raw: Float32Array) => {
    const rowsOfRaw = standardised(raw, standardiser, 1);
    const distance = new ClassDistance(model);
    return Float64Array.from({ length: rowsOfRaw.rows }, (_, row) => distance.of(rowsOfRaw.row(row)));
  };
  return { model, distances };
}

/** Measures rows against one model; what does not depend on the row is computed once. */
export class ClassDistance {
  private readonly count: number;
  private readonly centreLengths: Float64Array;
  /** Row-major centres × rank: the centres along the directions. */
  private readonly centreParts: Float64Array;

  constructor(private readonly model: ClassDistanceModel) {
    const { centres, directions, dimension, variances } = model;
    this.count = centres.length / dimension;
    this.centreLengths = new Float64Array(this.count);
    this.centreParts = new Float64Array(this.count * variances.length);
    for (let centre = 0; centre < this.count; centre++) {
      const row = centres.subarray(centre * dimension, (centre + 1) * dimension);
      this.centreLengths[centre] = dot(row, row, 0, dimension);
      variances.forEach((_, at) => {
        this.centreParts[centre * variances.length + at] = dot(row, directions, at * dimension, dimension);
      });
    }
  }

  /**
   * Mean squared deviation from the nearest centre, in units of the usual one: about 1 for an image like the labelled ones.
   * Infinity for a row with a component that is no finite number, so that it is refused.
   *
   * @param row standardised features
   */
  of(row: Float32Array | Float64Array): number {
    const { centres, directions, dimension, variances, residualVariance } = this.model;
    const length = dot(row, row, 0, dimension);
    const parts = variances.map((_, at) => dot(row, directions, at * dimension, dimension));
    let least = Infinity;
    for (let centre = 0; centre < this.count; centre++) {
      const along = dot(row, centres, centre * dimension, dimension);
      let rest = length - 2 * along + (this.centreLengths[centre] as number);
      let distance = 0;
      for (let at = 0; at < variances.length; at++) {
        const part = (parts[at] as number) - (this.centreParts[centre * variances.length + at] as number);
        distance += (part * part) / (variances[at] as number);
        rest -= part * part;
      }
      least = Math.min(least, (distance + Math.max(0, rest) / residualVariance) / dimension);
    }
    return Number.isNaN(least) ? Infinity : least;
  }
}

function dot(a: Float32Array | Float64Array, b: Float32Array | Float64Array, from: number, length: number): number {
  let sum = 0;
  for (let at = 0; at < length; at++) sum += (a[at] as number) * (b[from + at] as number);
  return sum;
}
