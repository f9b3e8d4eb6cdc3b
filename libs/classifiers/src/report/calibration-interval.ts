import type { Random } from '../numeric/random.js';
import { binOf, calibrationBins, calibrationError, rowsOfBins } from './calibration-error.js';
import { bootstrap } from './intervals.js';

/** How sure the head was, and whether it was right: 1 or 0. */
export type Confidence = readonly [confidence: number, hit: number];

const REPLICATES = 200;

/**
 * 95 % interval of the debiased calibration error. Resampling adds noise of its own, and the error takes any noise for
 * miscalibration; so the quantiles of the resampled errors are moved back by what their mean is above the error itself (Efron and
 * Tibshirani 1993, chapter 10). It begins at 0 where a head that is calibrated to perfection shows as much in one case of forty.
 *
 * @param groups rows that stand or fall together
 * @param pairs of each row
 * @param repeats as of `calibrationError`
 */
export function calibrationInterval(
  groups: readonly (readonly number[])[],
  pairs: readonly (readonly Confidence[])[],
  random: { readonly resampling: Random; readonly chance: Random },
  repeats = 1,
): { low: number; high: number } {
  const all = groups.flatMap((rows) => rows.flatMap((row) => pairs[row] ?? []));
  const value = errorOf(all, repeats);
  const spread = bootstrap(
    groups,
    (rows) =>
      errorOf(
        rows.flatMap((row) => pairs[row] ?? []),
        repeats,
      ),
    random.resampling,
    REPLICATES,
  );
  if (!spread) return { low: 0, high: 1 };
  const rise = spread.mean - value;
  const low = value <= errorByChance(groups, pairs, random.chance, repeats) ? 0 : Math.max(0, spread.low - rise);
  return { low, high: Math.min(1, spread.high - rise) };
}

/** What a head that is calibrated to perfection, and as sure as this one, exceeds in one case of forty. */
function errorByChance(
  groups: readonly (readonly number[])[],
  pairs: readonly (readonly Confidence[])[],
  random: Random,
  repeats: number,
): number {
  const groupOf: number[] = [];
  const confidences = groups.flatMap((rows, group) =>
    rows.flatMap((row) =>
      (pairs[row] ?? []).map(([confidence]) => {
        groupOf.push(group);
        return confidence;
      }),
    ),
  );
  const bins = rowsOfBins(confidences);
  const hits = new Float64Array(confidences.length);
  const lots = new Float64Array(groups.length);
  const errors = Array.from({ length: REPLICATES }, () => {
    for (let group = 0; group < lots.length; group++) lots[group] = random.next();
    for (let at = 0; at < hits.length; at++) {
      hits[at] = Number((lots[groupOf[at] as number] as number) < (confidences[at] as number));
    }
    return calibrationError(
      bins.map((rows) => binOf(rows, confidences, hits)),
      repeats,
    );
  }).sort((a, b) => a - b);
  return errors[Math.ceil(0.975 * REPLICATES) - 1] ?? 0;
}

function errorOf(pairs: readonly Confidence[], repeats: number): number {
  const confidences = pairs.map(([confidence]) => confidence);
  return calibrationError(
    calibrationBins(
      confidences,
      pairs.map(([, hit]) => hit),
    ),
    repeats,
  );
}
