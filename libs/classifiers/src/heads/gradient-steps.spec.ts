import { describe, expect, it } from 'vitest';
import { FeatureMatrix } from '../numeric/feature-matrix.js';
import { Random } from '../numeric/random.js';
import { fitNetwork, type NetworkOptions } from './fit-network.js';
import { LinearObjective } from './linear-objective.js';
import { networkOutputs } from './network-outputs.js';
import { NetworkGradient } from './network-gradient.js';
import { labelWeights, type Layer, type Problem } from './problem.js';
import { learningRateShare } from './schedule.js';

const ROWS = 12;
const COLUMNS = 5;
const UNITS = 3;
const WEIGHTS = UNITS * COLUMNS;

function problem(width = UNITS): Problem {
  const random = new Random(11);
  const matrix = new FeatureMatrix(ROWS, COLUMNS, width);
  const targets = new Int8Array(ROWS * UNITS).fill(-1);
  for (let row = 0; row < ROWS; row++) {
    matrix.row(row).forEach((_, column) => (matrix.row(row)[column] = random.normal() + (row % UNITS)));
    targets[row * UNITS + (row % UNITS)] = 1;
  }
  return { mode: 'single', units: UNITS, matrix, targets, weights: labelWeights('single', UNITS, targets, false) };
}

/** One batch of all rows an epoch, so that a step follows the gradient of the whole objective. */
const PLAIN: NetworkOptions = {
  hidden: [],
  dropout: 0,
  momentum: 0,
  l2: 0,
  l1: 0,
  learningRate: 0.2,
  batchSize: ROWS,
  epochs: 20,
  schedule: 'constant',
  seed: 1,
};

/** The weights, then the biases, after each epoch. */
function stepped(options: NetworkOptions): Float64Array[] {
  const seen: Float64Array[] = [];
  fitNetwork(problem(), {
    ...options,
    onEpoch: (_epoch, _loss, { layers: [layer] }) =>
      seen.push(Float64Array.from([...(layer?.weights ?? []), ...(layer?.bias ?? [])])),
  });
  return seen;
}

/**
 * The same by the book: next = soft threshold at rate·l1 of w + momentum·(w − w before) − rate·(slope + l2·w), then each
 * unit's length.
 */
function byTheBook(options: NetworkOptions): Float64Array[] {
  const { momentum, l2, l1, maxNorm = Infinity, learningRate, epochs, schedule } = options;
  const objective = new LinearObjective(problem(), 0);
  objective.isExact = true;
  const x = new Float64Array(objective.size);
  const speeds = new Float64Array(objective.size);
  const slopes = new Float64Array(objective.size);
  return Array.from({ length: epochs }, (_, epoch) => {
    const rate = learningRate * learningRateShare(schedule, epoch, epochs);
    objective.evaluate(x, slopes);
    x.forEach((value, at) => {
      const decay = at < WEIGHTS ? l2 * value : 0;
      speeds[at] = momentum * (speeds[at] ?? 0) - rate * ((slopes[at] ?? 0) + decay);
      const next = value + speeds[at];
      x[at] = at < WEIGHTS ? Math.sign(next) * Math.max(0, Math.abs(next) - rate * l1) : next;
      speeds[at] = x[at] - value;
    });
    for (let unit = 0; unit < UNITS; unit++) {
      const own = x.subarray(unit * COLUMNS, (unit + 1) * COLUMNS);
      const length = Math.hypot(...own);
      if (length > maxNorm) own.forEach((value, at) => (own[at] = (value * maxNorm) / length));
    }
    return Float64Array.from(x);
  });
}

describe('steps of gradient descent', () => {
  it.each<[string, Partial<NetworkOptions>]>([
    ['plain', {}],
    ['momentum', { momentum: 0.9 }],
    ['L2', { l2: 0.4 }],
    ['L1, as a proximal step', { l1: 0.08 }],
    ['elastic net with momentum', { l1: 0.05, l2: 0.1, momentum: 0.9 }],
    ['max-norm', { maxNorm: 0.3 }],
    ['step schedule', { schedule: 'step' }],
    ['exponential schedule', { schedule: 'exponential' }],
    ['1/t schedule', { schedule: 'inverse' }],
    ['square-root schedule', { schedule: 'square-root', momentum: 0.5 }],
  ])('%s', (_what, change) => {
    const options = { ...PLAIN, ...change };
    const seen = stepped(options);
    const expected = byTheBook(options);
    expect(seen).toHaveLength(options.epochs);
    seen.forEach((values, epoch) =>
      values.forEach((value, at) => expect(value).toBeCloseTo(expected[epoch]?.[at] ?? NaN, 5)),
    );
  });

  it('each of these changes where the steps lead', () => {
    const ends = [
      {},
      { momentum: 0.9 },
      { l2: 0.4 },
      { l1: 0.08 },
      { maxNorm: 0.3 },
      { schedule: 'step' as const },
    ].map((change) => (stepped({ ...PLAIN, ...change }).at(-1) ?? new Float64Array()).join());
    expect(new Set(ends).size).toBe(ends.length);
  });

  it('L1 leaves exact zeros, which L2 does not', () => {
    const zeros = (change: Partial<NetworkOptions>) =>
      (stepped({ ...PLAIN, epochs: 100, ...change }).at(-1) ?? new Float64Array())
        .subarray(0, WEIGHTS)
        .filter((weight) => weight === 0).length;
    expect(zeros({ l1: 0.1 })).toBeGreaterThan(2);
    expect(zeros({ l2: 0.1 })).toBe(0);
  });

  it('max-norm bounds the weights that enter each unit of every layer', () => {
    const hidden = { ...PLAIN, hidden: [6], momentum: 0.9, epochs: 30 };
    const longest = ({ layers }: { layers: readonly Layer[] }) =>
      layers.map(({ weights, inputs, outputs }) =>
        Math.max(
          ...Array.from({ length: outputs }, (_, unit) =>
            Math.hypot(...weights.subarray(unit * inputs, (unit + 1) * inputs)),
          ),
        ),
      );
    for (const length of longest(fitNetwork(problem(6), hidden))) expect(length).toBeGreaterThan(0.5);
    for (const length of longest(fitNetwork(problem(6), { ...hidden, maxNorm: 0.5 }))) {
      expect(length).toBeLessThan(0.5 + 1e-12);
      expect(length).toBeGreaterThan(0.49);
    }
  });
});

describe('giving up', () => {
  const greatest = (losses: readonly number[]) => Math.max(...losses) / Math.log(UNITS);

  it('ends above three times the initial loss, with both in words, which is not what NaN says', () => {
    const fit = fitNetwork(problem(), { ...PLAIN, learningRate: 1.74 });
    expect(fit.initialLoss).toBeCloseTo(Math.log(UNITS), 5);
    expect(fit.losses).toHaveLength(3);
    expect(fit.stopped).toMatch(
      /^The loss rose to \S+, more than three times the initial 1\.10, in epoch 3: the learning rate 1\.7 is too large\.$/,
    );
    expect(greatest(fit.losses)).toBeGreaterThan(3);
    expect(greatest(fit.losses)).toBeLessThan(4);
    expect(greatest(fit.losses.slice(0, -1))).toBeLessThan(3);
  });

  it('a loss that rises less goes on to its end', () => {
    const fit = fitNetwork(problem(), { ...PLAIN, learningRate: 1.45 });
    expect(fit).toMatchObject({ stopped: null, losses: { length: PLAIN.epochs } });
    expect(greatest(fit.losses)).toBeGreaterThan(2.3);
  });

  it('a loss that is no number is named as such', () => {
    const broken = problem();
    broken.matrix.row(3)[0] = NaN;
    const { stopped } = fitNetwork(broken, PLAIN);
    expect(stopped).toBe('The loss became NaN in epoch 1: the learning rate 0.20 is far too large.');
  });

  it.each(['single', 'multi'] as const)(
    '%s: the initial loss is that of knowing nothing, whatever the first batch weighs',
    (mode) => {
      const own = problem();
      const targets = own.targets.slice();
      // Nine rows of the first category, two of the second, one of the third: balanced, a batch of two weighs little or much.
      for (let row = 0; row < ROWS; row++) {
        for (let unit = 0; unit < UNITS; unit++) targets[row * UNITS + unit] = unit === Math.max(0, row - 9) ? 1 : -1;
      }
      const weights = labelWeights(mode, UNITS, targets, true);
      const fit = fitNetwork({ ...own, mode, targets, weights }, { ...PLAIN, batchSize: 2, epochs: 1 });
      expect(fit.initialLoss).toBeCloseTo(mode === 'single' ? Math.log(UNITS) : UNITS * Math.LN2, 5);
    },
  );
});

describe('dropout', () => {
  const HIDDEN = 400;
  const SHARE = 0.3;

  /** One row through HIDDEN units of various sums to one output: what the hidden units hand on, and what reaches them back. */
  function pass(dropout: number, seed = 5, times = 1) {
    const random = new Random(3);
    const matrix = new FeatureMatrix(1, COLUMNS, HIDDEN);
    matrix.row(0).forEach((_, column) => (matrix.row(0)[column] = random.normal()));
    const first = {
      inputs: COLUMNS,
      outputs: HIDDEN,
      weights: Float64Array.from({ length: HIDDEN * COLUMNS }, () => random.normal()),
      bias: new Float64Array(HIDDEN),
    };
    const last = {
      inputs: HIDDEN,
      outputs: 1,
      weights: new Float64Array(HIDDEN).fill(0.01),
      bias: new Float64Array(1),
    };
    const one: Problem = { mode: 'multi', units: 1, matrix, targets: Int8Array.of(1), weights: Float64Array.of(1) };
    const batch = new FeatureMatrix(1, COLUMNS, HIDDEN, 1);
    batch.setWeights(first.weights, HIDDEN);
    const gradient = new NetworkGradient(one, batch, [first, last], { dropout, seed, isExact: true });
    for (let time = 0; time < times; time++) gradient.compute(Int32Array.of(0));
    const [below, top] = gradient.layers as [Layer, Layer];
    const residual = top.bias[0] ?? NaN;
    return {
      values: top.weights.map((slope) => slope / residual),
      back: below.bias.map((slope) => slope / (residual * 0.01)),
      outputs: () => networkOutputs({ layers: [first, last] }, matrix),
    };
  }

  const without = pass(0);
  const isOpen = Array.from(without.values, (value) => value > 0);

  it('closes its share of the units and scales the others up, so that their sum is the same on average', () => {
    const { values } = pass(SHARE);
    const open = values.filter((_, at) => isOpen[at]);
    const closed = open.filter((value) => value === 0).length;
    expect(Math.abs(closed / open.length - SHARE)).toBeLessThan(0.1);
    values.forEach((value, at) => {
      if (value !== 0) expect(value).toBeCloseTo((without.values[at] ?? NaN) / (1 - SHARE), 10);
    });
    const sum = (all: Float64Array) => all.reduce((total, value) => total + value, 0);
    expect(sum(values) / sum(without.values)).toBeGreaterThan(0.85);
    expect(sum(values) / sum(without.values)).toBeLessThan(1.15);
  });

  it('nothing flows back through a closed unit, and more through an open one', () => {
    const { values, back } = pass(SHARE);
    back.forEach((slope, at) => expect(slope).toBeCloseTo(values[at] === 0 ? 0 : 1 / (1 - SHARE), 10));
  });

  it('closes others in the next step, and the same ones for the same seed', () => {
    expect(pass(SHARE).values).toEqual(pass(SHARE).values);
    expect(pass(SHARE, 6).values).not.toEqual(pass(SHARE).values);
    expect(pass(SHARE, 5, 2).values).not.toEqual(pass(SHARE).values);
  });

  it('is off where a head answers', () => {
    const expected = without.values.reduce((sum, value) => sum + 0.01 * value, 0);
    const { outputs } = pass(SHARE);
    expect(outputs()[0]).toBeCloseTo(expected, 4);
    expect(outputs()).toEqual(outputs());
  });
});
