import { describe, expect, it } from 'vitest';
import { FeatureMatrix } from '../numeric/feature-matrix.js';
import { Random } from '../numeric/random.js';
import type { ClassifierMode } from '../training/training-set.js';
import { initialLayers } from './fit-network.js';
import { LinearObjective } from './linear-objective.js';
import { NetworkGradient } from './network-gradient.js';
import { labelWeights, type Layer, type Problem } from './problem.js';

const ROWS = 9;
const COLUMNS = 6;
const UNITS = 3;

function problemOf(mode: ClassifierMode): Problem {
  const random = new Random(3);
  const matrix = new FeatureMatrix(ROWS, COLUMNS, 8);
  const targets = new Int8Array(ROWS * UNITS).fill(-1);
  for (let row = 0; row < ROWS; row++) {
    matrix.row(row).forEach((_, column) => (matrix.row(row)[column] = random.normal()));
    targets[row * UNITS + (row % UNITS)] = 1;
  }
  if (mode === 'multi') targets[4] = 0;
  return { mode, units: UNITS, matrix, targets, weights: labelWeights(mode, UNITS, targets, true) };
}

/** Compares a gradient with central differences. */
function expectSlopes(parameters: Float64Array, gradient: Float64Array, value: () => number): void {
  const given = Float64Array.from(gradient);
  for (let at = 0; at < parameters.length; at++) {
    const centre = parameters[at] as number;
    const step = 1e-5;
    parameters[at] = centre + step;
    const above = value();
    parameters[at] = centre - step;
    const below = value();
    parameters[at] = centre;
    expect(given[at]).toBeCloseTo((above - below) / (2 * step), 6);
  }
}

const denseGradient = ({ gradient, stride, columns }: FeatureMatrix, units: number): Float64Array =>
  Float64Array.from(
    { length: units * columns },
    (_, at) => gradient[Math.floor(at / columns) * stride + (at % columns)] as number,
  );

describe.each(['single', 'multi'] as const)('gradients, %s', (mode) => {
  it('of the linear objective agree with finite differences', () => {
    const objective = new LinearObjective(problemOf(mode), 0.1);
    objective.isExact = true;
    const random = new Random(5);
    const x = Float64Array.from({ length: objective.size }, () => random.normal());
    const gradient = new Float64Array(objective.size);
    objective.evaluate(x, gradient);
    const scratch = new Float64Array(objective.size);
    expectSlopes(x, gradient, () => objective.evaluate(x, scratch));
  });

  it('of a network with two hidden layers agree with finite differences', () => {
    const problem = problemOf(mode);
    const layers = initialLayers([COLUMNS, 5, 4, UNITS], 1);
    layers.forEach(({ bias }) => bias.fill(0.1));
    const batch = new FeatureMatrix(ROWS, COLUMNS, 5, ROWS);
    const gradient = new NetworkGradient(problem, batch, layers, { dropout: 0, seed: 1, isExact: true });
    const all = Int32Array.from({ length: ROWS }, (_, row) => row);
    const first = layers[0] as Layer;
    const loss = () => {
      batch.setWeights(first.weights, first.outputs);
      return gradient.compute(all);
    };
    for (const [depth, layer] of layers.entries()) {
      loss();
      const own = gradient.layers[depth];
      const slopes = depth > 0 ? Float64Array.from(own?.weights ?? []) : denseGradient(batch, first.outputs);
      expectSlopes(layer.weights, slopes, loss);
      loss();
      expectSlopes(layer.bias, Float64Array.from(own?.bias ?? []), loss);
    }
  });
});
