import { describe, expect, it } from 'vitest';
import { compileKernel } from '../../kernel/compile-kernel.js';
import { FeatureMatrix } from './feature-matrix.js';
import { KERNEL_BASE64 } from './kernel.generated.js';
import { principalDirections } from './principal-directions.js';
import { Random } from './random.js';

function filled(rows: number, columns: number, units: number): FeatureMatrix {
  const random = new Random(rows * columns);
  const matrix = new FeatureMatrix(rows, columns, units, 16);
  for (let row = 0; row < rows; row++) {
    const values = matrix.row(row);
    values.forEach((_, column) => (values[column] = random.normal()));
  }
  matrix.setWeights(
    Float64Array.from({ length: units * columns }, () => random.normal()),
    units,
  );
  return matrix;
}

const plainDot = (matrix: FeatureMatrix, row: number, unit: number): number =>
  matrix.row(row).reduce((sum, value, column) => sum + value * (matrix.weights[unit * matrix.stride + column] ?? 0), 0);

describe('FeatureMatrix', () => {
  it('runs the compiled form of linear.wat', async () => {
    expect(await compileKernel()).toContain(`'${KERNEL_BASE64}'`);
  });

  it.each([
    [1, 1, 1],
    [16, 4, 4],
    [13, 7, 5],
    [5, 70, 9],
  ])('multiplies forward and backward as plain loops do: %i × %i, %i units', (rows, columns, units) => {
    const matrix = filled(rows, columns, units);
    matrix.forward(0, rows);
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < units; unit++) {
        const expected = plainDot(matrix, row, unit);
        expect(matrix.outputs[row * matrix.paddedUnits + unit]).toBeCloseTo(expected, 10);
        expect(matrix.dot(row, unit)).toBeCloseTo(expected, 10);
      }
    }
    matrix.forward32(0, rows);
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < units; unit++) {
        expect(matrix.outputs[row * matrix.paddedUnits + unit]).toBeCloseTo(plainDot(matrix, row, unit), 4);
      }
    }
    const residuals = Float64Array.from(matrix.outputs);
    matrix.gradient.fill(1);
    matrix.backward(0, rows);
    for (let unit = 0; unit < units; unit++) {
      for (let column = 0; column < columns; column++) {
        let expected = 1;
        for (let row = 0; row < rows; row++) {
          expected += (residuals[row * matrix.paddedUnits + unit] ?? 0) * (matrix.row(row)[column] ?? 0);
        }
        expect(matrix.gradient[unit * matrix.stride + column]).toBeCloseTo(expected, 8);
      }
    }
    const exact = Float64Array.from(matrix.gradient);
    matrix.gradient.fill(1);
    matrix.backward32(0, rows);
    exact.forEach((value, at) => expect(Math.abs((matrix.gradient[at] ?? NaN) - value)).toBeLessThan(1e-3));
  });

  it('steps with momentum as plain loops do, bit for bit', () => {
    const random = new Random(4);
    const matrix = new FeatureMatrix(4, 7, 5, 4, true);
    matrix.row(0).set([1, 2, 3, 4, 5, 6, 7]);
    const normal = () => random.normal();
    matrix.setWeights(Float64Array.from({ length: 35 }, normal), 5);
    const expected = Float64Array.from(matrix.weights);
    const speeds = new Float64Array(expected.length);
    for (let count = 0; count < 3; count++) {
      matrix.gradient.set(Float64Array.from(matrix.gradient, normal));
      matrix.step(0.9, 0.1, 0.01);
      expected.forEach((weight, at) => {
        const speed = 0.9 * (speeds[at] ?? 0) - 0.1 * ((matrix.gradient[at] ?? 0) + 0.01 * weight);
        speeds[at] = speed;
        expected[at] = weight + speed;
      });
    }
    expect(matrix.weights).toEqual(expected);
    matrix.forward32(0, 1);
    const narrow = Float32Array.from(expected.subarray(0, 7));
    const sum = narrow.reduce((total, weight, at) => total + weight * (at + 1), 0);
    expect(matrix.outputs[0]).toBeCloseTo(sum, 4);
  });

  it('adds a row to weights', () => {
    const matrix = filled(3, 6, 2);
    const before = Float64Array.from(matrix.weights);
    matrix.addRow(2, 1, -0.5);
    matrix.row(2).forEach((value, column) => {
      const at = matrix.stride + column;
      expect(matrix.weights[at]).toBeCloseTo((before[at] ?? 0) - 0.5 * value, 12);
    });
  });
});

describe('principalDirections', () => {
  it('finds the axis along which rows vary, and the variance', () => {
    const random = new Random(1);
    const matrix = new FeatureMatrix(500, 5, 4);
    for (let row = 0; row < 500; row++) matrix.row(row).set([3 * random.normal(), 0, 0.1 * random.normal(), 0, 0]);
    const { directions, variances } = principalDirections(matrix, 1);
    expect(Math.abs(directions[0] ?? 0)).toBeGreaterThan(0.999);
    expect(variances[0]).toBeGreaterThan(7.5);
    expect(variances[0]).toBeLessThan(10.5);
  });
});
