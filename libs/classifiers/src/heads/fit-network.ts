import { FeatureMatrix } from '../numeric/feature-matrix.js';
import { Random } from '../numeric/random.js';
import { MomentumSteps, type StepOptions } from './momentum-steps.js';
import { NetworkGradient } from './network-gradient.js';
import type { Layer, Network, Problem } from './problem.js';
import { learningRateShare, type Schedule } from './schedule.js';

export interface NetworkOptions extends StepOptions {
  /** Units of the hidden layers; none makes a linear head. */
  readonly hidden: readonly number[];
  readonly dropout: number;
  /** Inputs that the first weights are drawn for, where the problem is written in fewer columns than it has; else its columns. */
  readonly fanIn?: number;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly schedule: Schedule;
  readonly seed: number;
  onEpoch?(epoch: number, trainLoss: number, network: Network): void;
}

export interface NetworkFit extends Network {
  /** Mean loss of the first batch, before any step; by the weight of its rows, so that it does not hang on which they are. */
  readonly initialLoss: number;
  /** Mean loss of each epoch as it was trained. */
  readonly losses: readonly number[];
  /** In words, why it was given up; null when it ran to its end. */
  readonly stopped: string | null;
}

/**
 * Multi-layer perceptron (or, without hidden layers, a linear head) by mini-batch stochastic gradient descent with
 * momentum. ReLU, inverted dropout on hidden units, weights drawn after He et al. 2015; L2 in the gradient, L1 as a proximal
 * step, max-norm by projection after each step (Srivastava et al. 2014). Stopped early when the loss of an epoch is above
 * three times the initial one or no longer finite.
 */
export function fitNetwork(problem: Problem, options: NetworkOptions): NetworkFit {
  const { rows, columns } = problem.matrix;
  const batchSize = Math.min(options.batchSize, rows);
  const layers = initialLayers([columns, ...options.hidden, problem.units], options.seed, options.fanIn);
  const batch = new FeatureMatrix(batchSize, columns, layers[0]?.outputs ?? 1, batchSize, true);
  const gradient = new NetworkGradient(problem, batch, layers, options);
  const steps = new MomentumSteps(layers, batch, options);
  const random = Random.for(options.seed, 'order');
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  const losses: number[] = [];
  let initialLoss = NaN;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    const rate = options.learningRate * learningRateShare(options.schedule, epoch, options.epochs);
    random.shuffle(order);
    let sum = 0;
    for (let first = 0; first < rows; first += batchSize) {
      const picked = order.subarray(first, Math.min(rows, first + batchSize));
      const loss = gradient.compute(picked);
      if (Number.isNaN(initialLoss)) initialLoss = loss / shareOf(problem, picked);
      sum += loss * picked.length;
      steps.take(gradient, rate);
    }
    steps.copyOut();
    const loss = sum / rows;
    losses.push(loss);
    options.onEpoch?.(epoch + 1, loss, { layers });
    const stopped = whyStop(loss, initialLoss, epoch + 1, options.learningRate);
    if (stopped) return { layers, initialLoss, losses, stopped };
  }
  return { layers, initialLoss, losses, stopped: null };
}

/** What a batch weighs beside an equal number of average rows; 0 where nothing is known of its rows, and then the next one tells. */
function shareOf({ weights, units, matrix }: Problem, picked: Int32Array): number {
  const all = weights.reduce((sum, weight) => sum + weight, 0) / matrix.rows;
  let own = 0;
  for (const row of picked) for (let unit = 0; unit < units; unit++) own += weights[row * units + unit] as number;
  return own / picked.length / all;
}

function whyStop(loss: number, initial: number, epoch: number, rate: number): string | null {
  if (!Number.isFinite(loss)) {
    return `The loss became ${loss} in epoch ${epoch}: the learning rate ${rate.toPrecision(2)} is far too large.`;
  }
  if (loss <= 3 * initial) return null;
  return (
    `The loss rose to ${loss.toPrecision(3)}, more than three times the initial ${initial.toPrecision(3)}, in epoch ` +
    `${epoch}: the learning rate ${rate.toPrecision(2)} is too large.`
  );
}

/**
 * He initialisation; the last layer starts near zero, so that the first loss is that of knowing nothing.
 *
 * @param sizes inputs, then the units of each layer
 * @param fanIn inputs that the first weights are drawn for
 */
export function initialLayers(sizes: readonly number[], seed: number, fanIn = sizes[0] as number): Layer[] {
  return sizes.slice(1).map((outputs, at) => {
    const inputs = sizes[at] as number;
    const random = Random.for(seed, 'layer', at);
    const last = at === sizes.length - 2;
    const deviation = last ? (at === 0 ? 0 : 0.01 / Math.sqrt(inputs)) : Math.sqrt(2 / (at === 0 ? fanIn : inputs));
    const weights = Float64Array.from({ length: inputs * outputs }, () =>
      deviation > 0 ? deviation * random.normal() : 0,
    );
    return { inputs, outputs, weights, bias: new Float64Array(outputs) };
  });
}
