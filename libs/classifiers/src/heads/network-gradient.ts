import type { FeatureMatrix } from '../numeric/feature-matrix.js';
import { Random } from '../numeric/random.js';
import { logisticResiduals, softmaxResiduals } from './linear-objective.js';
import { forwardLayer } from './network-outputs.js';
import type { Layer, Problem } from './problem.js';

/**
 * Gradient of the mean loss over a batch by back-propagation. The first layer, which is nearly all of the work, goes
 * through the kernel of the batch's matrix; the later ones are small.
 */
export class NetworkGradient {
  /** ∂loss/∂(weights, bias) of the last batch, without penalties. */
  readonly layers: readonly Layer[];
  private readonly random: Random;
  private readonly targets: Int8Array;
  private readonly weights: Float64Array;

  /**
   * @param batch a matrix of at least as many rows as any batch will have, and one block
   * @param options isExact: sums over features in float64, not float32
   */
  constructor(
    private readonly problem: Problem,
    private readonly batch: FeatureMatrix,
    private readonly network: readonly Layer[],
    private readonly options: { readonly dropout: number; readonly seed: number; readonly isExact?: boolean },
  ) {
    this.layers = network.map((layer) => ({
      ...layer,
      weights: new Float64Array(layer.weights.length),
      bias: new Float64Array(layer.bias.length),
    }));
    this.random = Random.for(options.seed, 'dropout');
    this.targets = new Int8Array(batch.rows * problem.units);
    this.weights = new Float64Array(batch.rows * problem.units);
  }

  /**
   * @param picked row numbers of the batch
   * @returns its mean loss
   */
  compute(picked: Int32Array): number {
    const { batch, problem, network } = this;
    const first = network[0] as Layer;
    this.gather(picked);
    batch.setWeights(first.weights, first.outputs);
    if (this.options.isExact) batch.forward(0, picked.length);
    else batch.forward32(0, picked.length);
    batch.gradient.fill(0);
    for (const layer of this.layers) {
      layer.weights.fill(0);
      layer.bias.fill(0);
    }
    // A batch stands for all rows: its weights are scaled up to sum to about 1.
    const scale = problem.matrix.rows / picked.length;
    let loss = 0;
    for (let row = 0; row < picked.length; row++) loss += this.backPropagate(row, scale);
    if (this.options.isExact) batch.backward(0, picked.length);
    else batch.backward32(0, picked.length);
    const firstGradient = (this.layers[0] as Layer).weights;
    for (let unit = 0; unit < first.outputs; unit++) {
      const from = unit * batch.stride;
      firstGradient.set(batch.gradient.subarray(from, from + first.inputs), unit * first.inputs);
    }
    return loss;
  }

  private gather(picked: Int32Array): void {
    const { problem, batch } = this;
    const { units } = problem;
    picked.forEach((from, to) => {
      batch.row(to).set(problem.matrix.row(from));
      this.targets.set(problem.targets.subarray(from * units, (from + 1) * units), to * units);
      this.weights.set(problem.weights.subarray(from * units, (from + 1) * units), to * units);
    });
  }

  /** Forward from the first layer's sums, loss, and back again; leaves ∂loss/∂(first sums) in the batch's outputs. */
  private backPropagate(row: number, scale: number): number {
    const { batch, problem, network } = this;
    const first = network[0] as Layer;
    const at = row * batch.paddedUnits;
    let sums: Float64Array = batch.outputs.slice(at, at + first.outputs);
    for (let unit = 0; unit < first.outputs; unit++) sums[unit] = (sums[unit] as number) + (first.bias[unit] as number);
    const inputs: Float64Array[] = [];
    const gates: Float64Array[] = [];
    for (const layer of network.slice(1)) {
      const gate = this.drawGate(sums);
      const values = sums.map((sum, unit) => sum * (gate[unit] as number));
      inputs.push(values);
      gates.push(gate);
      sums = forwardLayer(layer, values);
    }
    const label = row * problem.units;
    const residuals = problem.mode === 'single' ? softmaxResiduals : logisticResiduals;
    const loss = residuals(sums, 0, problem.units, this.targets, this.weights, label) * scale;
    let deltas = sums.map((residual) => residual * scale);
    for (let depth = network.length - 1; depth > 0; depth--) {
      const layer = network[depth] as Layer;
      const gate = gates[depth - 1] as Float64Array;
      const back = accumulate(layer, this.layers[depth] as Layer, deltas, inputs[depth - 1] as Float64Array);
      deltas = back.map((delta, unit) => delta * (gate[unit] as number));
    }
    const bias = (this.layers[0] as Layer).bias;
    deltas.forEach((delta, unit) => (bias[unit] = (bias[unit] as number) + delta));
    batch.outputs.set(deltas, at);
    return loss;
  }

  /** What a hidden sum is multiplied by: 0 where ReLU or dropout close it, else 1 / (1 − dropout). */
  private drawGate(sums: Float64Array): Float64Array {
    const { dropout } = this.options;
    return sums.map((sum) => {
      const kept = dropout === 0 || this.random.next() >= dropout;
      return kept && sum > 0 ? 1 / (1 - dropout) : 0;
    });
  }
}

/** Adds delta ⊗ input to the layer's gradient; returns Wᵀ · delta. */
function accumulate(layer: Layer, gradient: Layer, deltas: Float64Array, input: Float64Array): Float64Array {
  const back = new Float64Array(layer.inputs);
  for (let unit = 0; unit < layer.outputs; unit++) {
    const delta = deltas[unit] as number;
    const from = unit * layer.inputs;
    gradient.bias[unit] = (gradient.bias[unit] as number) + delta;
    for (let at = 0; at < layer.inputs; at++) {
      back[at] = (back[at] as number) + delta * (layer.weights[from + at] as number);
      gradient.weights[from + at] = (gradient.weights[from + at] as number) + delta * (input[at] as number);
    }
  }
  return back;
}
