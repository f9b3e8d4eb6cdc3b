import { labelWeights, type Problem } from '../heads/problem.js';
import { FeatureMatrix } from '../numeric/feature-matrix.js';
import type { PreparedSet } from './prepare-set.js';

/** What turns raw features into ones of mean 0 and deviation 1. */
export interface Standardiser {
  readonly mean: Float64Array;
  /** 1 ÷ deviation; 0 for a feature that never varies. */
  readonly scale: Float64Array;
}

/** Raw features of some rows: taps concatenated. */
export function gatherRaw(data: PreparedSet, taps: readonly string[], picked: readonly number[]): Float32Array {
  const dimension = dimensionOf(data, taps);
  const raw = new Float32Array(picked.length * dimension);
  picked.forEach((at, to) => {
    let offset = to * dimension;
    for (const tap of taps) {
      const columns = data.dimensions[tap] as number;
      const row = data.rows[at] as number;
      raw.set((data.set.features[tap] as Float32Array).subarray(row * columns, (row + 1) * columns), offset);
      offset += columns;
    }
  });
  return raw;
}

export const dimensionOf = (data: PreparedSet, taps: readonly string[]): number =>
  taps.reduce((sum, tap) => sum + (data.dimensions[tap] ?? 0), 0);

export function fitStandardiser(raw: Float32Array, columns: number): Standardiser {
  const rows = raw.length / columns;
  const mean = new Float64Array(columns);
  const scale = new Float64Array(columns);
  for (let at = 0, column = 0; at < raw.length; at++) {
    mean[column] = (mean[column] as number) + (raw[at] as number) / rows;
    if (++column === columns) column = 0;
  }
  for (let at = 0, column = 0; at < raw.length; at++) {
    const difference = (raw[at] as number) - (mean[column] as number);
    scale[column] = (scale[column] as number) + (difference * difference) / rows;
    if (++column === columns) column = 0;
  }
  for (let column = 0; column < columns; column++) {
    const deviation = Math.sqrt(scale[column] as number);
    const isConstant = deviation <= 1e-6 * Math.max(1e-6, Math.abs(mean[column] as number));
    scale[column] = isConstant ? 0 : 1 / deviation;
  }
  return { mean, scale };
}

/** A matrix of the rows, standardised; with room for `units` outputs. */
export function standardised(raw: Float32Array, standardiser: Standardiser, units: number): FeatureMatrix {
  const { mean, scale } = standardiser;
  const columns = mean.length;
  const matrix = new FeatureMatrix(raw.length / columns, columns, units);
  for (let row = 0; row < matrix.rows; row++) {
    const from = row * columns;
    const to = row * matrix.stride;
    for (let column = 0; column < columns; column++) {
      const value = ((raw[from + column] as number) - (mean[column] as number)) * (scale[column] as number);
      matrix.values[to + column] = value;
    }
  }
  return matrix;
}

export interface Design {
  readonly problem: Problem;
  readonly standardiser: Standardiser;
}

/**
 * The problem a fit sees: standardised rows with labels and weights.
 *
 * @param width most outputs of the first layer of whatever is fitted
 */
export function designOf(
  data: PreparedSet,
  taps: readonly string[],
  picked: readonly number[],
  width: number,
  balanced: boolean,
): Design {
  const raw = gatherRaw(data, taps, picked);
  const standardiser = fitStandardiser(raw, dimensionOf(data, taps));
  return { problem: problemOf(data, picked, standardised(raw, standardiser, width), balanced), standardiser };
}

/** Rows that a standardiser fitted elsewhere is applied to. */
export function applyDesign(
  data: PreparedSet,
  taps: readonly string[],
  picked: readonly number[],
  width: number,
  standardiser: Standardiser,
  balanced = false,
): Problem {
  return problemOf(data, picked, standardised(gatherRaw(data, taps, picked), standardiser, width), balanced);
}

function problemOf(data: PreparedSet, picked: readonly number[], matrix: FeatureMatrix, balanced: boolean): Problem {
  const { mode, categories } = data.set;
  const units = categories.length;
  const targets = new Int8Array(picked.length * units);
  picked.forEach((at, to) => targets.set(data.targets.subarray(at * units, (at + 1) * units), to * units));
  return { mode, units, matrix, targets, weights: labelWeights(mode, units, targets, balanced) };
}
