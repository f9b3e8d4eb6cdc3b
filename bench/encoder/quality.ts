import { fewShotAccuracies } from './few-shot.js';
import { summariseAny, type Described, type Measured, type Quality } from './measures.js';
import { neighbourMeasures } from './neighbours.js';

/** How well a descriptor tells classes apart: every photo is a query among all others, and heads learn from few. */
export function measureQuality({ draws, ...described }: Described & { draws: number }): Quality {
  const unit = { ...described, vectors: normalised(described) };
  return {
    ...neighbourMeasures(unit),
    linear5: fewShot(unit, 5, draws),
    linear10: fewShot(unit, 10, draws),
  };
}

function fewShot(described: Described, shots: number, draws: number): Measured | null {
  const { classes, accuracies } = fewShotAccuracies(described, shots, draws);
  const measured = summariseAny(accuracies);
  return measured && { ...measured, classes };
}

function normalised({ vectors, dimension }: Described): Float32Array {
  const unit = Float32Array.from(vectors);
  for (let from = 0; from < unit.length; from += dimension) {
    const row = unit.subarray(from, from + dimension);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;
    row.forEach((value, at) => (row[at] = value / length));
  }
  return unit;
}
