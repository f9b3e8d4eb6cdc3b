import type { Network, Problem } from './problem.js';

/**
 * Nearest class mean, for a handful of examples. single: z = m·x − ½‖m‖², so that softmax(slope · z) falls with the squared
 * distance to the means; multi: the mean of the positives against the mean of the negatives. Divided by the number of
 * features, so that z has about unit size.
 */
export function fitNearestMean(problem: Problem): Network {
  const { matrix, units, targets } = problem;
  const { columns } = matrix;
  const weights = new Float64Array(units * columns);
  const bias = new Float64Array(units);
  for (let unit = 0; unit < units; unit++) {
    const inside = meanOf(problem, (row) => targets[row * units + unit] === 1);
    const outside =
      problem.mode === 'multi'
        ? meanOf(problem, (row) => targets[row * units + unit] === -1)
        : new Float64Array(columns);
    for (let column = 0; column < columns; column++) {
      const near = inside[column] as number;
      const far = outside[column] as number;
      weights[unit * columns + column] = (near - far) / columns;
      bias[unit] = (bias[unit] as number) - (near * near - far * far) / (2 * columns);
    }
  }
  return { layers: [{ inputs: columns, outputs: units, weights, bias }] };
}

function meanOf({ matrix }: Problem, belongs: (row: number) => boolean): Float64Array {
  const mean = new Float64Array(matrix.columns);
  let count = 0;
  for (let row = 0; row < matrix.rows; row++) {
    if (!belongs(row)) continue;
    count++;
    matrix.row(row).forEach((value, column) => (mean[column] = (mean[column] as number) + value));
  }
  return mean.map((sum) => (count > 0 ? sum / count : 0));
}
