import { nothing, wilson } from './intervals.js';
import type { Estimate } from './metrics.js';

/** One outcome that was observed. */
export interface Observed {
  /** Group of near-duplicates: outcomes of one group stand or fall together. */
  readonly group: number;
  /** How much it counts: 1 ÷ number of repeats. */
  readonly weight: number;
}

/**
 * How many independent outcomes some outcomes amount to: n ÷ the design effect of clusters that agree in themselves (Kish
 * 1965), (Σ m)² ÷ Σ m·max(1, m) over the masses m of the groups. Where all groups are of one size it is their number; a
 * group much greater than the others counts for more of the share, and leaves fewer.
 */
export function independentOf(outcomes: readonly Observed[]): number {
  const masses = new Map<number, number>();
  for (const { group, weight } of outcomes) masses.set(group, (masses.get(group) ?? 0) + weight);
  let total = 0;
  let squares = 0;
  for (const mass of masses.values()) {
    total += mass;
    squares += mass * Math.max(1, mass);
  }
  return squares === 0 ? 0 : total * (total / squares);
}

/** A share of images with Wilson's 95 % interval for as many outcomes as are independent. */
export function groupedShare(outcomes: readonly (Observed & { readonly hit: number })[]): Estimate {
  let [all, hits] = [0, 0];
  for (const { weight, hit } of outcomes) {
    all += weight;
    hits += weight * hit;
  }
  if (all === 0) return nothing();
  const n = independentOf(outcomes);
  return wilson((hits / all) * n, n);
}
