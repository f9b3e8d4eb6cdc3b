import { describe, expect, it } from 'vitest';
import { FeatureMatrix } from '../numeric/feature-matrix.js';
import { Random } from '../numeric/random.js';
import { fitHead } from '../training/fit-head.js';
import { trainingRequestSchema } from '../training/training-request.js';
import { fitLinear, type LinearOptions } from './fit-linear.js';
import { LinearObjective } from './linear-objective.js';
import { labelWeights, type Layer, type Problem } from './problem.js';

const ROWS = 40;
const COLUMNS = 8;
const UNITS = 3;
const WEIGHTS = UNITS * COLUMNS;

/** The first two columns tell the categories apart, the others are noise. */
function problem(mode: Problem['mode'] = 'single'): Problem {
  const random = new Random(2);
  const matrix = new FeatureMatrix(ROWS, COLUMNS, UNITS);
  const targets = new Int8Array(ROWS * UNITS).fill(-1);
  for (let row = 0; row < ROWS; row++) {
    const category = row % UNITS;
    matrix.row(row).forEach((_, column) => (matrix.row(row)[column] = random.normal()));
    matrix.row(row)[0] = (matrix.row(row)[0] ?? 0) + 2 * category - 2;
    matrix.row(row)[1] = (matrix.row(row)[1] ?? 0) + (category === 1 ? 2 : -1);
    targets[row * UNITS + category] = 1;
  }
  return { mode, units: UNITS, matrix, targets, weights: labelWeights(mode, UNITS, targets, false) };
}

/** How far each parameter is from what makes it a minimum of loss + l2/2‖W‖² + l1‖W‖₁ (the subgradient nearest to zero). */
function violations(own: Problem, x: Float64Array, { l2, l1 = 0 }: LinearOptions): number[] {
  const objective = new LinearObjective(own, l2);
  objective.isExact = true;
  const slopes = new Float64Array(objective.size);
  objective.evaluate(x, slopes);
  return Array.from(slopes, (slope, at) => {
    const value = x[at] ?? NaN;
    if (at >= WEIGHTS) return Math.abs(slope);
    return value === 0 ? Math.max(0, Math.abs(slope) - l1) : Math.abs(slope + Math.sign(value) * l1);
  });
}

const zerosOf = ({ weights }: Pick<Layer, 'weights'>): number => weights.filter((weight) => weight === 0).length;

describe.each(['single', 'multi'] as const)('penalties of the linear solver, %s', (mode) => {
  it.each([
    ['L1', { l2: 0, l1: 0.05 }],
    ['elastic net', { l2: 0.05, l1: 0.05 }],
    ['L2', { l2: 0.05, l1: 0 }],
  ])('%s ends where the subgradient is zero', (_what, penalties) => {
    const own = problem(mode);
    const fit = fitLinear(own, { ...penalties, tolerance: 1e-10 });
    expect(fit.converged).toBe(true);
    expect(Math.max(...violations(own, fit.parameters, penalties))).toBeLessThan(2e-4);
    const lengths = fit.parameters.subarray(0, WEIGHTS);
    const penalty = lengths.reduce((sum, w) => sum + (penalties.l2 / 2) * w * w + penalties.l1 * Math.abs(w), 0);
    expect(fit.objective).toBeCloseTo(fit.loss + penalty, 6);
  });

  it('L1 keeps what tells the categories apart and drops noise, to exact zeros; L2 drops nothing', () => {
    const [layer] = fitLinear(problem(mode), { l2: 0, l1: 0.08 }).layers as [Layer];
    const isKept = (column: number) => [0, 1, 2].some((unit) => layer.weights[unit * COLUMNS + column] !== 0);
    expect([isKept(0), isKept(1)]).toEqual([true, true]);
    expect(zerosOf(layer)).toBeGreaterThan(WEIGHTS / 2);
    expect(zerosOf(fitLinear(problem(mode), { l2: 0.08 }).layers[0] as Layer)).toBe(0);
  });

  it('a larger L1 leaves fewer weights, at last none', () => {
    const zeros = [0.03, 0.08, 0.2, 5].map((l1) => zerosOf(fitLinear(problem(mode), { l2: 0, l1 }).layers[0] as Layer));
    expect(zeros).toEqual([...zeros].sort((a, b) => a - b));
    expect(new Set(zeros).size).toBe(zeros.length);
    expect(zeros.at(-1)).toBe(WEIGHTS);
  });
});

describe('penalties of a candidate', () => {
  const candidate = { kind: 'softmax' as const, taps: ['penultimate'], l2: 0.01, l1: 0.08, learningRate: null };
  const request = trainingRequestSchema.parse({});
  const options = { request, seed: 1, tolerance: 1e-9 };

  it('L1 is over the weights of the features themselves, never over those of fewer columns', () => {
    const random = new Random(4);
    const matrix = new FeatureMatrix(6, 20, 2);
    const targets = new Int8Array(12).fill(-1);
    for (let row = 0; row < 6; row++) {
      matrix.row(row).forEach((_, column) => (matrix.row(row)[column] = random.normal()));
      targets[row * 2 + (row % 2)] = 1;
    }
    const own: Problem = {
      mode: 'single',
      units: 2,
      matrix,
      targets,
      weights: labelWeights('single', 2, targets, false),
    };
    expect(zerosOf(fitHead(own, candidate, options).layers[0] as Layer)).toBeGreaterThan(20);
    expect(zerosOf(fitHead(own, { ...candidate, l1: 0 }, options).layers[0] as Layer)).toBe(0);
  });

  it('elastic net by steps comes to where the solver ends', () => {
    const optimiser = {
      ...request.optimiser,
      kind: 'sgd' as const,
      batchSize: ROWS,
      epochs: 1000,
      schedule: 'constant' as const,
    };
    const steps = { ...options, request: { ...request, optimiser } };
    const solved = fitHead(problem(), candidate, options).layers[0] as Layer;
    const stepped = fitHead(problem(), { ...candidate, learningRate: 0.05 }, steps).layers[0] as Layer;
    solved.weights.forEach((weight, at) => expect(stepped.weights[at]).toBeCloseTo(weight, 3));
    expect(zerosOf(stepped)).toBe(zerosOf(solved));
  });

  it('a greatest length makes softmax be trained by steps that keep to it', () => {
    const bounded = { ...options, request: { ...request, regularisation: { maxNorm: 0.4 } } };
    const [layer] = fitHead(problem(), { ...candidate, l1: 0, learningRate: 0.1 }, bounded).layers as [Layer];
    for (let unit = 0; unit < UNITS; unit++) {
      expect(Math.hypot(...layer.weights.subarray(unit * COLUMNS, (unit + 1) * COLUMNS))).toBeCloseTo(0.4, 6);
    }
  });
});
