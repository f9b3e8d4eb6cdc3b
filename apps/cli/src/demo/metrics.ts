/** A share between 0 and 1 with the interval that holds the true one with 95 % confidence. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Number of independent observations behind it. */
  readonly n: number;
}

/** z for a two-sided 95 % interval of the normal distribution. */
const Z = 1.959964;

/**
 * Share of the first `k` neighbours that are of the query's category. A place that stays empty counts as wrong, so an
 * index that finds too little does not look better for it.
 *
 * @param neighbours categories of the neighbours, best first
 */
export function precisionAt(k: number, category: string, neighbours: readonly (string | undefined)[]): number {
  return neighbours.slice(0, k).filter((neighbour) => neighbour === category).length / k;
}

/**
 * Mean of shares, with the Wilson score interval (E. B. Wilson, JASA 22, 1927) over the shares. The neighbours of one
 * query are not independent of each other, so n is the number of queries, not of neighbours: for values between 0 and 1
 * p(1 − p) bounds the variance, so the interval is if anything too wide.
 *
 * @returns value 0 with the interval 0 … 1 where there is nothing to average
 */
export function meanWithInterval(shares: readonly number[]): Estimate {
  const n = shares.length;
  if (n === 0) return { value: 0, low: 0, high: 1, n };
  const p = shares.reduce((sum, share) => sum + share, 0) / n;
  const z2 = Z * Z;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const reach = (Z / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return { value: p, low: Math.max(0, centre - reach), high: Math.min(1, centre + reach), n };
}
