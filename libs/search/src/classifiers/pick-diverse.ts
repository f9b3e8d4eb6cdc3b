import { dot } from '../similar/dot.js';

/** Something to choose from, with a vector of length 1. */
export interface Candidate {
  readonly id: number;
  readonly vector: Float32Array;
  /** How much there is to learn from it alone, 0 … 1. */
  readonly weight: number;
}

/** So that the most uncertain of twins is still chosen before a certain loner. */
const LEAST_DISTANCE = 0.02;

/**
 * Chooses one after the other what is worth most and unlike everything chosen before: weight × distance to the nearest
 * chosen one (farthest-first traversal, Gonzalez 1985, weighted; as in batch active learning by Sener & Savarese 2018).
 *
 * @returns at most `count`, in the order of choosing; equal worth by ascending id
 */
export function pickDiverse(candidates: readonly Candidate[], count: number): Candidate[] {
  const left = [...candidates].sort((a, b) => a.id - b.id);
  const nearest = left.map(() => 1);
  const picked: Candidate[] = [];
  while (picked.length < count && picked.length < left.length) {
    let best = -1;
    let most = -1;
    left.forEach(({ weight }, at) => {
      const worth = weight * Math.max(LEAST_DISTANCE, nearest[at] as number);
      if ((nearest[at] as number) >= 0 && worth > most) [best, most] = [at, worth];
    });
    const chosen = left[best];
    if (!chosen) break;
    picked.push(chosen);
    left.forEach(({ vector }, at) => {
      nearest[at] = at === best ? -1 : Math.min(nearest[at] as number, 1 - dot(vector, chosen.vector));
    });
  }
  return picked;
}
