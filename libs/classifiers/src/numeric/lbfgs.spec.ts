import { describe, expect, it } from 'vitest';
import { minimise } from './lbfgs.js';

/** Σ curvature_i / 2 · (x_i − centre_i)² */
function bowl(curvatures: readonly number[], centre: readonly number[]) {
  return (x: Float64Array, gradient: Float64Array): number => {
    let value = 0;
    curvatures.forEach((curvature, at) => {
      const away = (x[at] ?? 0) - (centre[at] ?? 0);
      value += (curvature / 2) * away * away;
      gradient[at] = curvature * away;
    });
    return value;
  };
}

const isFlat = (_value: number, gradient: Float64Array): boolean => gradient.every((slope) => Math.abs(slope) < 1e-8);
const spread = Array.from({ length: 30 }, (_, at) => Math.pow(10, (2 * at) / 29 - 1));

describe('minimise', () => {
  it('finds the bottom of a long narrow bowl', () => {
    const centre = spread.map((_, at) => Math.sin(at));
    const x = new Float64Array(30);
    const result = minimise(bowl(spread, centre), x, { maxIterations: 500, isNear: isFlat });
    expect(result).toMatchObject({ converged: true, stalled: false });
    centre.forEach((expected, at) => expect(x[at]).toBeCloseTo(expected, 5));
  });

  it('with the inverse Hessian given it is there in a step or two', () => {
    const x = new Float64Array(30);
    const precondition = (vector: Float64Array) =>
      vector.forEach((value, at) => (vector[at] = value / (spread[at] ?? 1)));
    const centre = spread.map(() => 1);
    const plain = minimise(bowl(spread, centre), new Float64Array(30), { maxIterations: 500, isNear: isFlat });
    const result = minimise(bowl(spread, centre), x, { maxIterations: 500, isNear: isFlat, precondition });
    expect(result.iterations).toBeLessThan(4);
    expect(plain.iterations).toBeGreaterThan(10);
  });

  it('with L1 ends at exact zeros, by soft thresholding', () => {
    const centre = [3, 0.2, -2, -0.4];
    const x = new Float64Array(4);
    const options = { maxIterations: 200, isNear: isFlat, l1: 0.5, l1Length: 4 };
    expect(minimise(bowl([1, 1, 1, 1], centre), x, options).converged).toBe(true);
    [2.5, 0, -1.5, 0].forEach((expected, at) => expect(x[at]).toBeCloseTo(expected, 6));
    expect(x[1]).toBe(0);
  });

  it('says when it ran out of iterations, and when the value is no number', () => {
    const options = { maxIterations: 2, isNear: () => false };
    expect(minimise(bowl(spread, spread), new Float64Array(30), options)).toMatchObject({
      converged: false,
      iterations: 2,
    });
    expect(minimise(() => NaN, new Float64Array(2), options)).toMatchObject({ converged: false });
  });
});
