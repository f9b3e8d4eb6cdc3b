import type { FeatureMatrix } from '../numeric/feature-matrix.js';
import { Random } from '../numeric/random.js';
import { logisticResiduals, softmaxResiduals } from './linear-objective.js';
import { forwardLayer } from './network-outputs.js';
import type { Layer, Problem } from './problem.js';

/**
 * Gradient of the mean loss over a batch by back-propagation. The first layer, which is nearly all of the work, lives in the
 * batch's matrix: its weights (`batch.weights`, given by `batch.setWeights`) and its gradient (`batch.gradient`). The later
 * ones are small, and are those of the network.
 */
export class NetworkGradient {
  /** ∂loss/∂bias of the first layer, and ∂loss/∂(weights, bias) of the later ones, of the last batch, without penalties. */
  readonly layers: readonly Layer[];
  private readonly random: Random;
  private readonly targets: Int8Array;
  private readonly weights: Float64Array;
  /** Per layer: its sums, then ∂loss/∂sums. */
  private readonly deltas: readonly Float64Array[];
  /** Per layer but the last: what its sums are multiplied by. */
  private readonly gates: readonly Float64Array[];
  /** Per layer but the last: what it hands on. */
  private readonly values: readonly Float64Array[];

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
    this.layers = network.map((layer, depth) => ({
      ...layer,
      weights: new Float64Array(depth === 0 ? 0 : layer.weights.length),
      bias: new Float64Array(layer.bias.length),
    }));
    this.random = Random.for(options.seed, 'dropout');
    this.targets = new Int8Array(batch.rows * problem.units);
    this.weights = new Float64Array(batch.rows * problem.units);
    this.deltas = network.map(({ outputs }) => new Float64Array(outputs));
    this.gates = network.slice(1).map(({ inputs }) => new Float64Array(inputs));
    this.values = network.slice(1).map(({ inputs }) => new Float64Array(inputs));
  }

  /**
   * @param picked row numbers of the batch
   * @returns its mean loss
   */
  compute(picked: Int32Array): number {
    const { batch, problem } = this;
    this.gather(picked);
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
    return loss;
  }

  private gather(picked: Int32Array): void {
    const { problem, batch } = this;
    const { units } = problem;
    for (let to = 0; to < picked.length; to++) {
      const from = picked[to] as number;
      batch.row(to).set(problem.matrix.row(from));
      for (let unit = 0; unit < units; unit++) {
        this.targets[to * units + unit] = problem.targets[from * units + unit] as number;
        this.weights[to * units + unit] = problem.weights[from * units + unit] as number;
      }
    }
  }

  /** Forward from the first layer's sums, loss, and back again; leaves ∂loss/∂(first sums) in the batch's outputs. */
  private backPropagate(row: number, scale: number): number {
    const { batch, problem, network, deltas, values, gates } = this;
    const { units, mode } = problem;
    const last = network.length - 1;
    const at = row * batch.paddedUnits;
    addBias(batch.outputs, at, (network[0] as Layer).bias, deltas[0] as Float64Array);
    for (let depth = 0; depth < last; depth++) {
      this.openGates(deltas[depth] as Float64Array, gates[depth] as Float64Array, values[depth] as Float64Array);
      forwardLayer(network[depth + 1] as Layer, values[depth] as Float64Array, deltas[depth + 1] as Float64Array);
    }
    const top = deltas[last] as Float64Array;
    const residuals = mode === 'single' ? softmaxResiduals : logisticResiduals;
    const loss = residuals(top, 0, units, this.targets, this.weights, row * units) * scale;
    for (let unit = 0; unit < units; unit++) top[unit] = (top[unit] as number) * scale;
    for (let depth = last; depth > 0; depth--) {
      const below = deltas[depth - 1] as Float64Array;
      accumulate(
        network[depth] as Layer,
        this.layers[depth] as Layer,
        deltas[depth] as Float64Array,
        values[depth - 1] as Float64Array,
        below,
      );
      const gate = gates[depth - 1] as Float64Array;
      for (let unit = 0; unit < below.length; unit++) below[unit] = (below[unit] as number) * (gate[unit] as number);
    }
    addTo((this.layers[0] as Layer).bias, deltas[0] as Float64Array);
    batch.outputs.set(deltas[0] as Float64Array, at);
    return loss;
  }

  /** A hidden sum is multiplied by 0 where ReLU or dropout close it, else by 1 / (1 − dropout). */
  private openGates(sums: Float64Array, gates: Float64Array, values: Float64Array): void {
    const { dropout } = this.options;
    const open = 1 / (1 - dropout);
    for (let unit = 0; unit < sums.length; unit++) {
      const sum = sums[unit] as number;
      const isKept = dropout === 0 || this.random.next() >= dropout;
      const gate = isKept && sum > 0 ? open : 0;
      gates[unit] = gate;
      values[unit] = sum * gate;
    }
  }
}

function addBias(sums: Float64Array, from: number, bias: Float64Array, result: Float64Array): void {
  for (let unit = 0; unit < bias.length; unit++) result[unit] = (sums[from + unit] as number) + (bias[unit] as number);
}

function addTo(target: Float64Array, values: Float64Array): void {
  for (let at = 0; at < values.length; at++) target[at] = (target[at] as number) + (values[at] as number);
}

/** Adds delta ⊗ input to the layer's gradient; writes Wᵀ · delta into `back`. */
function accumulate(
  { weights, inputs, outputs }: Layer,
  gradient: Layer,
  deltas: Float64Array,
  input: Float64Array,
  back: Float64Array,
): void {
  const slopes = gradient.weights;
  back.fill(0);
  for (let unit = 0; unit < outputs; unit++) {
    const delta = deltas[unit] as number;
    const from = unit * inputs;
    gradient.bias[unit] = (gradient.bias[unit] as number) + delta;
    for (let at = 0; at < inputs; at++) {
      back[at] = (back[at] as number) + delta * (weights[from + at] as number);
      slopes[from + at] = (slopes[from + at] as number) + delta * (input[at] as number);
    }
  }
}
