import { Random } from '../numeric/random.js';
import type { Network, Problem } from './problem.js';

export interface SvmOptions {
  readonly l2: number;
  readonly seed: number;
  /** Greatest violation of the optimality conditions that is let pass; liblinear's default is 0.1, scikit-learn's 1e-4. */
  readonly tolerance?: number;
  readonly maxEpochs?: number;
}

export interface SvmFit extends Network {
  readonly epochs: number;
  readonly converged: boolean;
}

/**
 * Linear support vector machines, one category against the rest, squared hinge loss: minimises
 * Σ weight · max(0, 1 − y·z)² + l2/2 · (‖w‖² + b²) by dual coordinate descent with shrinking
 * (Hsieh, Chang, Lin, Keerthi and Sundararajan 2008, algorithm 3). As in liblinear the bias is the weight of a constant
 * feature, and so penalised.
 */
export function fitSvm(problem: Problem, options: SvmOptions): SvmFit {
  const { matrix, units } = problem;
  const layer = {
    inputs: matrix.columns,
    outputs: units,
    weights: new Float64Array(units * matrix.columns),
    bias: new Float64Array(units),
  };
  const squares = squaredLengths(problem);
  let epochs = 0;
  let converged = true;
  matrix.weights.fill(0);
  for (let unit = 0; unit < units; unit++) {
    const result = descend(problem, unit, squares, options);
    epochs = Math.max(epochs, result.epochs);
    converged &&= result.converged;
    layer.bias[unit] = result.bias;
    const from = unit * matrix.stride;
    layer.weights.set(matrix.weights.subarray(from, from + matrix.columns), unit * matrix.columns);
  }
  return { layers: [layer], epochs, converged };
}

function squaredLengths({ matrix }: Problem): Float64Array {
  return Float64Array.from({ length: matrix.rows }, (_, row) =>
    matrix.row(row).reduce((sum, value) => sum + value * value, 0),
  );
}

/** Solves one category; its weights are left in the matrix's `weights`. */
function descend(problem: Problem, unit: number, squares: Float64Array, options: SvmOptions) {
  const { matrix, units, targets, weights } = problem;
  const { l2, tolerance = 1e-4, maxEpochs = 1000 } = options;
  const random = Random.for(options.seed, 'svm', unit);
  // single: every row takes part in every category, with the weight of its own category's label.
  const weightOf = (row: number): number =>
    problem.mode === 'multi' ? (weights[row * units + unit] as number) : rowWeight(weights, row, units);
  const active = Int32Array.from({ length: matrix.rows }, (_, row) => row).filter((row) => weightOf(row) > 0);
  const cost = Float64Array.from({ length: matrix.rows }, (_, row) => weightOf(row) / l2);
  const alpha = new Float64Array(matrix.rows);
  let bias = 0;
  let left = active.length;
  let bound = Infinity;
  for (let epoch = 1; epoch <= maxEpochs; epoch++) {
    let greatest = -Infinity;
    let least = Infinity;
    random.shuffle(active.subarray(0, left));
    for (let at = 0; at < left; at++) {
      const row = active[at] as number;
      const sign = targets[row * units + unit] === 1 ? 1 : -1;
      const diagonal = 1 / (2 * (cost[row] as number));
      const old = alpha[row] as number;
      const slope = sign * (matrix.dot(row, unit) + bias) - 1 + diagonal * old;
      if (old === 0 && slope > bound) {
        left--;
        active[at] = active[left] as number;
        active[left] = row;
        at--;
        continue;
      }
      const projected = old === 0 ? Math.min(slope, 0) : slope;
      greatest = Math.max(greatest, projected);
      least = Math.min(least, projected);
      if (Math.abs(projected) < 1e-12) continue;
      const next = Math.max(0, old - slope / ((squares[row] as number) + 1 + diagonal));
      alpha[row] = next;
      matrix.addRow(row, unit, (next - old) * sign);
      bias += (next - old) * sign;
    }
    if (greatest - least <= tolerance) {
      if (left === active.length) return { epochs: epoch, converged: true, bias };
      left = active.length;
      bound = Infinity;
      continue;
    }
    bound = greatest > 0 ? greatest : Infinity;
  }
  return { epochs: maxEpochs, converged: false, bias };
}

function rowWeight(weights: Float64Array, row: number, units: number): number {
  let sum = 0;
  for (let unit = 0; unit < units; unit++) sum += weights[row * units + unit] as number;
  return sum;
}
