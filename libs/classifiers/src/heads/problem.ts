import type { FeatureMatrix } from '../numeric/feature-matrix.js';
import type { ClassifierMode } from '../training/training-set.js';

/** What one fit sees: standardised rows, their labels and how much each label weighs. */
export interface Problem {
  readonly mode: ClassifierMode;
  /** C */
  readonly units: number;
  /** n rows. */
  readonly matrix: FeatureMatrix;
  /** Row-major n × C: 1, −1, or 0 unknown. single: exactly one 1 a row, −1 elsewhere. */
  readonly targets: Int8Array;
  /**
   * Row-major n × C. single: the weight of a row stands at its category, and all sum to 1; multi: the weights of each
   * category sum to 1, unknown labels weigh 0.
   */
  readonly weights: Float64Array;
}

/** One affine map; weights row-major outputs × inputs. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** A fitted head before calibration: layers with ReLU between them, on standardised features. */
export interface Network {
  readonly layers: readonly Layer[];
}

/** Weights so that every label counts the same, or every category. */
export function labelWeights(mode: ClassifierMode, units: number, targets: Int8Array, balanced: boolean): Float64Array {
  const rows = targets.length / units;
  const weights = new Float64Array(targets.length);
  const positives = new Float64Array(units);
  const known = new Float64Array(units);
  for (let at = 0; at < targets.length; at++) {
    const unit = at % units;
    if (targets[at] === 1) positives[unit] = (positives[unit] as number) + 1;
    if (targets[at] !== 0) known[unit] = (known[unit] as number) + 1;
  }
  const present = positives.reduce((count, n) => count + (n > 0 ? 1 : 0), 0);
  for (let at = 0; at < targets.length; at++) {
    const target = targets[at] as number;
    const unit = at % units;
    const n = positives[unit] as number;
    const all = known[unit] as number;
    if (mode === 'single') {
      if (target === 1) weights[at] = balanced ? 1 / (present * n) : 1 / rows;
    } else if (target !== 0) {
      const others = all - n;
      weights[at] = balanced && n > 0 && others > 0 ? 0.5 / (target === 1 ? n : others) : 1 / all;
    }
  }
  return weights;
}
