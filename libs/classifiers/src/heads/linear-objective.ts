import type { Problem } from './problem.js';

/**
 * Mean loss of a linear head plus l2/2 · ‖W‖², and its gradient. single: cross-entropy of the softmax; multi: the sum over
 * categories of the logistic loss. The bias is not penalised.
 *
 * Parameters are one vector: W row-major C × d, then the C biases. A block of rows is multiplied, turned into residuals and
 * multiplied back while it is in the cache, so the features are read once per evaluation.
 */
export class LinearObjective {
  readonly size: number;
  /** The loss of the last evaluation without the penalty. */
  lastLoss = 0;
  /** Whether sums over features are float64; else float32, which is good to about 1e-6 of the loss. */
  isExact = false;
  /** Per category the sum of |∂loss/∂output| at the last evaluation: about how much its outputs still move. */
  readonly curvature: Float64Array;
  private readonly weightCount: number;

  constructor(
    private readonly problem: Problem,
    private readonly l2: number,
  ) {
    this.weightCount = problem.units * problem.matrix.columns;
    this.size = this.weightCount + problem.units;
    this.curvature = new Float64Array(problem.units);
  }

  /** Value at `x`; writes the gradient. */
  evaluate(x: Float64Array, gradient: Float64Array): number {
    const { matrix, units } = this.problem;
    const { columns, stride, rows, blockRows } = matrix;
    const bias = x.subarray(this.weightCount);
    const biasGradient = gradient.subarray(this.weightCount);
    matrix.setWeights(x, units);
    matrix.gradient.fill(0);
    biasGradient.fill(0);
    this.curvature.fill(0);
    let loss = 0;
    for (let first = 0; first < rows; first += blockRows) {
      const count = Math.min(blockRows, rows - first);
      if (this.isExact) matrix.forward(first, count);
      else matrix.forward32(first, count);
      loss += outputsToResiduals(this.problem, first, count, bias, biasGradient, this.curvature);
      if (this.isExact) matrix.backward(first, count);
      else matrix.backward32(first, count);
    }
    let squares = 0;
    for (let unit = 0; unit < units; unit++) {
      for (let column = 0; column < columns; column++) {
        const weight = x[unit * columns + column] as number;
        squares += weight * weight;
        gradient[unit * columns + column] = (matrix.gradient[unit * stride + column] as number) + this.l2 * weight;
      }
    }
    this.lastLoss = loss;
    return loss + (this.l2 / 2) * squares;
  }
}

/**
 * Replaces the matrix's outputs by ∂loss/∂output, adds those to the bias's gradient and their sizes to `curvature`; returns
 * the loss of the block.
 */
export function outputsToResiduals(
  problem: Problem,
  first: number,
  count: number,
  bias: Float64Array,
  biasGradient: Float64Array,
  curvature: Float64Array,
): number {
  const { matrix, units, targets, weights, mode } = problem;
  const { outputs, paddedUnits } = matrix;
  let loss = 0;
  for (let row = 0; row < count; row++) {
    const from = row * paddedUnits;
    const label = (first + row) * units;
    for (let unit = 0; unit < units; unit++)
      outputs[from + unit] = (outputs[from + unit] as number) + (bias[unit] as number);
    loss +=
      mode === 'single'
        ? softmaxResiduals(outputs, from, units, targets, weights, label)
        : logisticResiduals(outputs, from, units, targets, weights, label);
    for (let unit = 0; unit < units; unit++) {
      const residual = outputs[from + unit] as number;
      biasGradient[unit] = (biasGradient[unit] as number) + residual;
      curvature[unit] = (curvature[unit] as number) + Math.abs(residual);
    }
  }
  return loss;
}

/** outputs ← weight · (softmax − target); returns weight · cross-entropy. */
export function softmaxResiduals(
  outputs: Float64Array,
  from: number,
  units: number,
  targets: Int8Array,
  weights: Float64Array,
  label: number,
): number {
  let greatest = -Infinity;
  let own = 0;
  for (let unit = 0; unit < units; unit++) {
    greatest = Math.max(greatest, outputs[from + unit] as number);
    if (targets[label + unit] === 1) own = unit;
  }
  const ownOutput = outputs[from + own] as number;
  let sum = 0;
  for (let unit = 0; unit < units; unit++) {
    const value = Math.exp((outputs[from + unit] as number) - greatest);
    outputs[from + unit] = value;
    sum += value;
  }
  const weight = weights[label + own] as number;
  for (let unit = 0; unit < units; unit++) outputs[from + unit] = (weight * (outputs[from + unit] as number)) / sum;
  outputs[from + own] = (outputs[from + own] as number) - weight;
  return weight * (Math.log(sum) + greatest - ownOutput);
}

/** outputs ← weight · (sigmoid − target) per category; returns the weighted sum of logistic losses. */
export function logisticResiduals(
  outputs: Float64Array,
  from: number,
  units: number,
  targets: Int8Array,
  weights: Float64Array,
  label: number,
): number {
  let loss = 0;
  for (let unit = 0; unit < units; unit++) {
    const weight = weights[label + unit] as number;
    const sign = targets[label + unit] as number;
    const margin = sign * (outputs[from + unit] as number);
    const small = Math.exp(-Math.abs(margin));
    loss += weight * (Math.log1p(small) + Math.max(0, -margin));
    outputs[from + unit] = -weight * sign * (margin > 0 ? small / (1 + small) : 1 / (1 + small));
  }
  return loss;
}
