import { Random } from '../numeric/random.js';
import type { Estimate } from './metrics.js';

const Z = 1.959963984540054;
/** An interval wider than this says little: "too few to tell". */
const WIDE = 0.3;

export const nothing = (): Estimate => ({ value: null, low: 0, high: 1, n: 0, tooFew: true });

export function estimate(value: number, low: number, high: number, n: number): Estimate {
  return { value, low, high, n, tooFew: high - low > WIDE };
}

/**
 * A share with its 95 % interval (Wilson 1927).
 *
 * @param hits may be fractional, where outcomes were averaged over repeats
 * @param n number of independent outcomes
 */
export function wilson(hits: number, n: number): Estimate {
  if (n === 0) return nothing();
  const share = hits / n;
  const square = Z * Z;
  const centre = (share + square / (2 * n)) / (1 + square / n);
  const half = (Z / (1 + square / n)) * Math.sqrt((share * (1 - share)) / n + square / (4 * n * n));
  return estimate(share, Math.max(0, centre - half), Math.min(1, centre + half), Math.round(n));
}

/**
 * F1 with its 95 % interval: the bootstrap's, but never narrower than Wilson's. F1 is 2 s ÷ (1 + s) of the share s = tp ÷ (tp + fp +
 * fn), and resampling images that were all decided right would promise that none will ever be wrong.
 *
 * @param spread of the F1s of resampled images
 * @param independent how many independent outcomes there are among all of those, and among the positives
 */
export function f1Estimate(
  { tp, fp, fn }: { readonly tp: number; readonly fp: number; readonly fn: number },
  spread: { readonly low: number; readonly high: number } | null,
  independent = { all: tp + fp + fn, positives: tp + fn },
): Estimate {
  if (tp + fn === 0 || spread === null) return nothing();
  const share = wilson((tp / (tp + fp + fn)) * independent.all, independent.all);
  const f1 = (value: number) => (2 * value) / (1 + value);
  const low = Math.min(spread.low, f1(share.low));
  return estimate(
    (2 * tp) / (2 * tp + fp + fn),
    low,
    Math.max(spread.high, f1(share.high)),
    Math.round(independent.positives),
  );
}

/**
 * 95 % interval of a statistic, and its mean, by resampling whole groups (percentile bootstrap).
 *
 * @param groups rows of each group
 * @param statistic of the rows drawn; null is left out
 */
export function bootstrap(
  groups: readonly (readonly number[])[],
  statistic: (rows: readonly number[]) => number | null,
  random: Random,
  replicates = 300,
): { low: number; high: number; mean: number } | null {
  const values: number[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    const rows: number[] = [];
    for (let draw = 0; draw < groups.length; draw++) rows.push(...(groups[random.integer(groups.length)] ?? []));
    const value = statistic(rows);
    if (value !== null) values.push(value);
  }
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  const quantile = (share: number) => values[Math.round(share * (values.length - 1))] as number;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { low: quantile(0.025), high: quantile(0.975), mean };
}
