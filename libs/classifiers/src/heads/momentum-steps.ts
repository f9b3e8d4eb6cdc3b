import type { FeatureMatrix } from '../numeric/feature-matrix.js';
import type { NetworkGradient } from './network-gradient.js';
import type { Layer } from './problem.js';

export interface StepOptions {
  readonly momentum: number;
  readonly l2: number;
  readonly l1: number;
  /** Greatest length of the weights that enter one unit; none where left out. */
  readonly maxNorm?: number;
}

/**
 * Steps of stochastic gradient descent with momentum: L2 in the gradient, L1 as a proximal step that the momentum takes part
 * in (Ochs, Chen, Brox and Pock 2014: else it would count for 1 − momentum of its weight only), max-norm by projection after
 * each step. The first layer, nearly all of the weights, is stepped in place in the batch's matrix.
 */
export class MomentumSteps {
  private readonly velocities: readonly { readonly weights: Float64Array; readonly bias: Float64Array }[];

  /** @param batch made with room for velocities; holds the first layer's weights from here on */
  constructor(
    private readonly layers: readonly Layer[],
    private readonly batch: FeatureMatrix,
    private readonly options: StepOptions,
  ) {
    this.velocities = layers.map(({ weights, bias }, depth) => ({
      weights: new Float64Array(depth === 0 ? 0 : weights.length),
      bias: new Float64Array(bias.length),
    }));
    const first = layers[0] as Layer;
    batch.setWeights(first.weights, first.outputs);
  }

  /** One step of every layer along the gradient of the last batch. */
  take(gradient: NetworkGradient, rate: number): void {
    const { batch, options, layers, velocities } = this;
    const { momentum, l2 } = options;
    batch.step(momentum, rate, l2);
    layers.forEach(({ weights, bias, inputs }, depth) => {
      const slopes = gradient.layers[depth] as Layer;
      const speeds = velocities[depth] as Pick<Layer, 'weights' | 'bias'>;
      stepOf(bias, slopes.bias, speeds.bias, momentum, rate, 0);
      if (depth === 0) return;
      stepOf(weights, slopes.weights, speeds.weights, momentum, rate, l2);
      this.limit(weights, speeds.weights, inputs, inputs, rate);
    });
    if (options.l1 === 0 && options.maxNorm === undefined) return;
    this.limit(batch.weights, batch.velocity, batch.stride, batch.columns, rate);
    batch.narrowWeights();
  }

  /** Copies the first layer back out of the batch's matrix. */
  copyOut(): void {
    const { weights, inputs, outputs } = this.layers[0] as Layer;
    const { stride } = this.batch;
    for (let unit = 0; unit < outputs; unit++) {
      weights.set(this.batch.weights.subarray(unit * stride, unit * stride + inputs), unit * inputs);
    }
  }

  private limit(weights: Float64Array, speeds: Float64Array, stride: number, inputs: number, rate: number): void {
    const { l1, maxNorm } = this.options;
    const shrink = rate * l1;
    for (let from = 0; from < weights.length; from += stride) {
      const own = weights.subarray(from, from + inputs);
      if (shrink > 0) shrinkTo(own, speeds.subarray(from, from + inputs), shrink);
      if (maxNorm !== undefined) limitNorm(own, maxNorm);
    }
  }
}

function stepOf(
  values: Float64Array,
  slopes: Float64Array,
  speeds: Float64Array,
  momentum: number,
  rate: number,
  l2: number,
): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    const slope = (slopes[at] as number) + l2 * value;
    const speed = momentum * (speeds[at] as number) - rate * slope;
    speeds[at] = speed;
    values[at] = value + speed;
  }
}

/** Soft threshold: what is nearer to zero than `shrink` becomes zero; the speeds become those of the whole step. */
function shrinkTo(weights: Float64Array, speeds: Float64Array, shrink: number): void {
  for (let at = 0; at < weights.length; at++) {
    const weight = weights[at] as number;
    const shrunk = Math.sign(weight) * Math.max(0, Math.abs(weight) - shrink);
    speeds[at] = (speeds[at] as number) + shrunk - weight;
    weights[at] = shrunk;
  }
}

function limitNorm(weights: Float64Array, most: number): void {
  let sum = 0;
  for (let at = 0; at < weights.length; at++) sum += (weights[at] as number) ** 2;
  const length = Math.sqrt(sum);
  if (length <= most) return;
  for (let at = 0; at < weights.length; at++) weights[at] = ((weights[at] as number) * most) / length;
}
