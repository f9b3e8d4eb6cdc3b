export interface Minimised {
  readonly value: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** True when it ended because no step went down any more, by the rounding of `evaluate`, rather than by `isNear`. */
  readonly stalled: boolean;
}

export interface MinimiseOptions {
  /** Weight of ‖x‖₁ over the first `l1Length` parameters; above 0 makes this OWL-QN (Andrew and Gao 2007). */
  readonly l1?: number;
  readonly l1Length?: number;
  readonly maxIterations: number;
  /** True when the gradient (of L1: the pseudo-gradient) shows that this is near enough. */
  isNear(value: number, gradient: Float64Array): boolean;
  /** Multiplies by an approximate inverse Hessian at the newest point, in place; not with L1. */
  precondition?(vector: Float64Array): void;
  onIteration?(iteration: number, value: number): void;
}

const HISTORY = 12;
const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
};

/**
 * Minimises a convex function in place by L-BFGS (Nocedal and Wright 2006, algorithm 7.5) with a bisecting line search for
 * the weak Wolfe conditions (Lewis and Overton 2013); with L1 by OWL-QN.
 *
 * @param evaluate value at `x` of the smooth part, its gradient written into `gradient`
 */
export function minimise(
  evaluate: (x: Float64Array, gradient: Float64Array) => number,
  x: Float64Array,
  options: MinimiseOptions,
): Minimised {
  const size = x.length;
  const l1 = options.l1 ?? 0;
  const l1Length = l1 > 0 ? (options.l1Length ?? size) : 0;
  const penalty = (at: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < l1Length; i++) sum += Math.abs(at[i] as number);
    return l1 * sum;
  };
  const gradient = new Float64Array(size);
  const pseudo = l1 > 0 ? new Float64Array(size) : gradient;
  const nextGradient = new Float64Array(size);
  const next = new Float64Array(size);
  const direction = new Float64Array(size);
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  let value = evaluate(x, gradient) + penalty(x);
  for (let iteration = 0; ; iteration++) {
    if (l1 > 0) pseudoGradient(x, gradient, pseudo, l1, l1Length);
    options.onIteration?.(iteration, value);
    if (!Number.isFinite(value) || options.isNear(value, pseudo)) {
      return { value, iterations: iteration, converged: Number.isFinite(value), stalled: false };
    }
    if (iteration >= options.maxIterations) return { value, iterations: iteration, converged: false, stalled: false };
    for (let i = 0; i < size; i++) direction[i] = -(pseudo[i] as number);
    applyInverseHessian(pairs, direction, options.precondition);
    for (let i = 0; i < l1Length; i++) if ((direction[i] as number) * (pseudo[i] as number) > 0) direction[i] = 0;
    const slope = dot(direction, pseudo);
    if (!(slope < 0)) {
      if (pairs.length === 0) return { value, iterations: iteration, converged: true, stalled: true };
      pairs.length = 0;
      continue;
    }
    let step = pairs.length === 0 && !options.precondition ? Math.min(1, 1 / Math.sqrt(dot(pseudo, pseudo))) : 1;
    let low = 0;
    let high = Infinity;
    let nextValue = value;
    let found = false;
    for (let trial = 0; trial < 40; trial++) {
      for (let i = 0; i < size; i++) next[i] = (x[i] as number) + step * (direction[i] as number);
      projectOrthant(x, pseudo, next, l1Length);
      nextValue = evaluate(next, nextGradient) + penalty(next);
      if (!(nextValue <= value + 1e-4 * step * slope)) high = step;
      else if (l1 === 0 && dot(nextGradient, direction) < 0.9 * slope) low = step;
      else {
        found = true;
        break;
      }
      step = high === Infinity ? 2 * low : (low + high) / 2;
    }
    if (!found && !(nextValue < value)) return { value, iterations: iteration, converged: true, stalled: true };
    remember(pairs, x, next, gradient, nextGradient);
    x.set(next);
    gradient.set(nextGradient);
    value = nextValue;
  }
}

/** The two-loop recursion: direction ← H · direction. */
function applyInverseHessian(
  pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[],
  direction: Float64Array,
  precondition?: (vector: Float64Array) => void,
) {
  const factors: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i] as (typeof pairs)[number];
    const factor = rho * dot(s, direction);
    factors[i] = factor;
    for (let at = 0; at < direction.length; at++)
      direction[at] = (direction[at] as number) - factor * (y[at] as number);
  }
  precondition?.(direction);
  const newest = pairs.at(-1);
  if (newest) {
    const curved = Float64Array.from(newest.y);
    precondition?.(curved);
    const scale = 1 / (newest.rho * dot(newest.y, curved));
    for (let at = 0; at < direction.length; at++) direction[at] = (direction[at] as number) * scale;
  }
  pairs.forEach(({ s, y, rho }, i) => {
    const factor = (factors[i] as number) - rho * dot(y, direction);
    for (let at = 0; at < direction.length; at++)
      direction[at] = (direction[at] as number) + factor * (s[at] as number);
  });
}

function remember(
  pairs: { s: Float64Array; y: Float64Array; rho: number }[],
  x: Float64Array,
  next: Float64Array,
  gradient: Float64Array,
  nextGradient: Float64Array,
): void {
  const oldest = pairs.length >= HISTORY ? pairs.shift() : undefined;
  const s = oldest?.s ?? new Float64Array(x.length);
  const y = oldest?.y ?? new Float64Array(x.length);
  for (let at = 0; at < x.length; at++) {
    s[at] = (next[at] as number) - (x[at] as number);
    y[at] = (nextGradient[at] as number) - (gradient[at] as number);
  }
  const curvature = dot(s, y);
  if (curvature > 1e-12 * dot(y, y)) pairs.push({ s, y, rho: 1 / curvature });
}

/** The steepest of the subgradients of f + l1‖x‖₁. */
function pseudoGradient(x: Float64Array, gradient: Float64Array, out: Float64Array, l1: number, length: number): void {
  out.set(gradient);
  for (let at = 0; at < length; at++) {
    const slope = gradient[at] as number;
    const value = x[at] as number;
    if (value !== 0) out[at] = slope + Math.sign(value) * l1;
    else out[at] = slope + l1 < 0 ? slope + l1 : slope - l1 > 0 ? slope - l1 : 0;
  }
}

/** A step never crosses zero: what would change its sign becomes zero. */
function projectOrthant(x: Float64Array, pseudo: Float64Array, next: Float64Array, length: number): void {
  for (let at = 0; at < length; at++) {
    const orthant = x[at] === 0 ? -Math.sign(pseudo[at] as number) : Math.sign(x[at] as number);
    if ((next[at] as number) * orthant <= 0) next[at] = 0;
  }
}
