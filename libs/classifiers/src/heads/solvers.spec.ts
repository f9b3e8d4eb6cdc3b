import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FeatureMatrix } from '../numeric/feature-matrix.js';
import { fitHead } from '../training/fit-head.js';
import { trainingRequestSchema } from '../training/training-request.js';
import { fitLinear } from './fit-linear.js';
import { fitNetwork } from './fit-network.js';
import { fitSvm } from './fit-svm.js';
import { networkOutputs } from './network-outputs.js';
import { labelWeights, type Layer, type Problem } from './problem.js';
import { rowSpaceOf } from './row-space.js';

interface Fixture {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly categories: number;
  readonly l2: number;
  readonly features: readonly number[];
  readonly labels: readonly number[];
  readonly softmax: { readonly weights: readonly number[]; readonly bias: readonly number[] };
  readonly svm: { readonly weights: readonly number[]; readonly bias: readonly number[] };
}

const fixtures = JSON.parse(
  readFileSync(new URL('../testing/scikit-fixtures.json', import.meta.url), 'utf8'),
) as readonly Fixture[];

function problemOf({ rows, columns, categories, features, labels }: Fixture): Problem {
  const matrix = new FeatureMatrix(rows, columns, categories);
  const targets = new Int8Array(rows * categories).fill(-1);
  labels.forEach((label, row) => {
    matrix.row(row).set(features.slice(row * columns, (row + 1) * columns));
    targets[row * categories + label] = 1;
  });
  return {
    mode: 'single',
    units: categories,
    matrix,
    targets,
    weights: labelWeights('single', categories, targets, false),
  };
}

/** Greatest difference of weights, and of biases up to what is added to all of them (softmax does not see that). */
function difference(layer: Layer | undefined, expected: Fixture['softmax'], isShiftFree = false): number {
  const bias = Array.from(layer?.bias ?? []);
  const shift = isShiftFree ? mean(bias) - mean(expected.bias) : 0;
  const weights = Array.from(layer?.weights ?? []).map((value, at) => Math.abs(value - (expected.weights[at] ?? NaN)));
  return Math.max(...weights, ...bias.map((value, at) => Math.abs(value - shift - (expected.bias[at] ?? NaN))));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const request = trainingRequestSchema.parse({});

describe.each(fixtures)('solvers beside scikit-learn, $name', (fixture) => {
  const { l2 } = fixture;

  it('softmax regression', () => {
    const fit = fitLinear(problemOf(fixture), { l2, tolerance: 1e-12 });
    expect(fit.converged).toBe(true);
    expect(difference(fit.layers[0], fixture.softmax, true)).toBeLessThan(2e-5);
  });

  it('linear SVM', () => {
    const fit = fitSvm(problemOf(fixture), { l2, seed: 1, tolerance: 1e-9, maxEpochs: 20_000 });
    expect(fit.converged).toBe(true);
    expect(difference(fit.layers[0], fixture.svm)).toBeLessThan(1e-5);
  });

  it('the heads of a training, with few rows in fewer columns', () => {
    const candidate = { taps: ['penultimate'], l2, l1: 0, learningRate: null };
    const options = { request, seed: 1, tolerance: 1e-9 };
    const softmax = fitHead(problemOf(fixture), { ...candidate, kind: 'softmax' }, options);
    expect(difference(softmax.layers[0], fixture.softmax, true)).toBeLessThan(2e-3);
    const svm = fitHead(problemOf(fixture), { ...candidate, kind: 'svm' }, options);
    expect(difference(svm.layers[0], fixture.svm)).toBeLessThan(2e-3);
  });
});

describe('gradient steps in fewer columns', () => {
  const fixture = fixtures[1] as Fixture;
  const candidate = { taps: ['penultimate'], l2: 0.01, l1: 0, learningRate: 0.002 };
  const optimiser = { ...request.optimiser, kind: 'sgd' as const, batchSize: 4, epochs: 20 };
  const options = { seed: 1, tolerance: 1e-9 };

  it('make the linear head that steps in all columns make', () => {
    const problem = problemOf(fixture);
    const here = fitHead(
      problem,
      { ...candidate, kind: 'softmax' },
      { ...options, request: { ...request, optimiser } },
    );
    const { batchSize, epochs, schedule, momentum } = optimiser;
    const steps = {
      hidden: [],
      dropout: 0,
      batchSize,
      epochs,
      schedule,
      momentum,
      learningRate: 0.002,
      l2: 0.01,
      l1: 0,
    };
    const there = fitNetwork(problem, { ...steps, seed: 1 }).layers[0] as Layer;
    const lengths = Math.max(...there.weights.map(Math.abs));
    expect(here.losses.at(-1)).toBeLessThan(0.9 * (here.initialLoss ?? 0));
    expect(difference(here.layers[0], { weights: [...there.weights], bias: [...there.bias] })).toBeLessThan(
      1e-4 * lengths,
    );
  });

  it('hand out a network of the columns that were given, after every step', () => {
    const problem = { ...problemOf(fixture), matrix: problemOf({ ...fixture, categories: 8 }).matrix };
    const outputs: Float64Array[] = [];
    const fit = fitHead(
      problem,
      { ...candidate, kind: 'mlp' },
      {
        ...options,
        request: { ...request, optimiser, mlp: { hidden: [8], dropout: 0 } },
        onStep: (_step, _loss, network) => network && outputs.push(networkOutputs(network(), problem.matrix)),
      },
    );
    expect(fit.layers.map(({ inputs, outputs: units }) => [inputs, units])).toEqual([
      [fixture.columns, 8],
      [8, fixture.categories],
    ]);
    expect(outputs).toHaveLength(20);
    expect(outputs.at(-1)).toEqual(networkOutputs(fit, problem.matrix));
  });
});

describe('rowSpaceOf', () => {
  it('keeps inner products, drops rows that depend on others, and is shared by all fits to a matrix', () => {
    const problem = problemOf(fixtures[1] as Fixture);
    problem.matrix.row(7).set(problem.matrix.row(2));
    const space = rowSpaceOf(problem);
    const { matrix } = space?.problem ?? problem;
    expect(matrix.columns).toBe(11);
    for (const [one, other] of [
      [0, 0],
      [2, 7],
      [3, 11],
    ] as const) {
      expect(dot(matrix, one, other)).toBeCloseTo(dot(problem.matrix, one, other), 4);
    }
    expect(rowSpaceOf({ ...problem })?.problem.matrix).toBe(matrix);
  });

  it('is not made where it would not pay', () => {
    expect(rowSpaceOf(problemOf(fixtures[0] as Fixture))).toBeNull();
  });
});

const dot = (matrix: FeatureMatrix, one: number, other: number): number =>
  matrix.row(one).reduce((sum, value, at) => sum + value * (matrix.row(other)[at] ?? 0), 0);
