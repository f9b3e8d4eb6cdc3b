import { minimise } from '../numeric/lbfgs.js';
import { LinearObjective } from './linear-objective.js';
import { Preconditioner } from './preconditioner.js';
import type { Network, Problem } from './problem.js';

export interface LinearFit extends Network {
  /** Objective reached: mean loss plus penalties. */
  readonly objective: number;
  readonly loss: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** All parameters, to start a neighbouring fit from. */
  readonly parameters: Float64Array;
}

export interface LinearOptions {
  readonly l2: number;
  readonly l1?: number;
  /** Stop when the objective is within this share of its minimum. */
  readonly tolerance?: number;
  readonly maxIterations?: number;
  readonly start?: Float64Array;
  /** @param network makes the head as it is after the iteration */
  onIteration?(iteration: number, objective: number, loss: number, network: () => Network): void;
}

/** From here on sums are float64: nearer to the optimum float32 would mislead the line search. */
const EXACT_BELOW = 1e-4;

/**
 * Softmax (single) or one-vs-rest logistic (multi) regression to its optimum.
 *
 * With l2 > 0 the objective is strongly convex in the weights, which suggests f − f* ≤ ‖∇f‖² / (2 · l2): the fit ends when
 * that estimate is below `tolerance` · f, or when every component of the gradient is below 1e-9. It is a bound where the
 * biases are at their optimum for these weights. They are not penalised, and their slopes are counted as though they were:
 * where the loss curves less than l2 along a bias (strong l2, or a category that is nearly certain everywhere) the true
 * distance can be greater. `bench:heads` prints it (docs/classifiers-evaluation.md).
 */
export function fitLinear(problem: Problem, options: LinearOptions): LinearFit {
  const { units, matrix } = problem;
  const { l2, l1 = 0, tolerance = 1e-6, maxIterations = 1000 } = options;
  const objective = new LinearObjective(problem, l2);
  const x = options.start ? Float64Array.from(options.start) : new Float64Array(objective.size);
  const isWithin = (value: number, gradient: Float64Array, share: number, least: number): boolean => {
    let squares = 0;
    let greatest = 0;
    for (const slope of gradient) {
      squares += slope * slope;
      greatest = Math.max(greatest, Math.abs(slope));
    }
    return greatest < least || (l2 > 0 && squares / (2 * l2) <= share * value);
  };
  const preconditioner = l1 > 0 ? null : Preconditioner.of(problem, l2);
  let done = 0;
  const cut = units * matrix.columns;
  const networkNow = (): Network => ({
    layers: [{ inputs: matrix.columns, outputs: units, weights: x.slice(0, cut), bias: x.slice(cut) }],
  });
  const solve = () =>
    minimise((at, gradient) => objective.evaluate(at, gradient), x, {
      l1,
      l1Length: units * matrix.columns,
      maxIterations: maxIterations - done,
      isNear: (value, gradient) => {
        if (!objective.isExact && tolerance < EXACT_BELOW && isWithin(value, gradient, EXACT_BELOW, 1e-6)) {
          objective.isExact = true;
        }
        return isWithin(value, gradient, tolerance, 1e-9);
      },
      ...(preconditioner && { precondition: (vector) => preconditioner.apply(vector, objective.curvature) }),
      onIteration: (iteration, value) => options.onIteration?.(done + iteration, value, objective.lastLoss, networkNow),
    });
  let result = solve();
  if (result.stalled && !objective.isExact) {
    done = result.iterations;
    objective.isExact = true;
    result = solve();
  }
  return {
    ...networkNow(),
    objective: result.value,
    loss: objective.lastLoss,
    iterations: done + result.iterations,
    converged: result.converged,
    parameters: x,
  };
}
