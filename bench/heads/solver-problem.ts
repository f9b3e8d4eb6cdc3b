import { labelWeights, type Problem } from '../../libs/classifiers/src/heads/problem.js';
import { FeatureMatrix } from '../../libs/classifiers/src/numeric/feature-matrix.js';
import type { SolverData } from './solver-data.js';

/**
 * What a head is fitted to.
 *
 * @param width most outputs of the first layer
 */
export function problemOf(data: SolverData, width = data.categories): Problem {
  const { rows, columns, categories, features, labels } = data;
  const matrix = new FeatureMatrix(rows, columns, width);
  const targets = new Int8Array(rows * categories).fill(-1);
  for (let row = 0; row < rows; row++) {
    matrix.row(row).set(features.subarray(row * columns, (row + 1) * columns));
    targets[row * categories + (labels[row] as number)] = 1;
  }
  const weights = labelWeights('single', categories, targets, false);
  return { mode: 'single', units: categories, matrix, targets, weights };
}
