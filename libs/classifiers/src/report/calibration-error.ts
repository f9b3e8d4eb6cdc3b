import type { CalibrationBin } from './metrics.js';

/**
 * Bins of equal mass over the confidences.
 *
 * @param confidences n probabilities
 * @param hits n outcomes, 1 or 0
 */
export function calibrationBins(confidences: readonly number[], hits: readonly number[], count = 15): CalibrationBin[] {
  return rowsOfBins(confidences, count).map((rows) => binOf(rows, confidences, hits));
}

/** The rows of each bin, by rising confidence; fewer bins where there are fewer rows. */
export function rowsOfBins(confidences: readonly number[], count = 15): number[][] {
  const order = confidences.map((_, at) => at).sort((a, b) => (confidences[a] as number) - (confidences[b] as number));
  const used = Math.min(count, order.length);
  const start = (bin: number) => Math.floor((bin * order.length) / used);
  return Array.from({ length: used }, (_, bin) => order.slice(start(bin), start(bin + 1)));
}

export function binOf(
  rows: readonly number[],
  confidences: readonly number[],
  hits: ArrayLike<number>,
): CalibrationBin {
  let [confidence, right] = [0, 0];
  for (const row of rows) {
    confidence += confidences[row] as number;
    right += hits[row] as number;
  }
  return { n: rows.length, confidence: confidence / rows.length, accuracy: right / rows.length };
}

/**
 * Expected calibration error, debiased: a perfectly calibrated head shows an error above 0 in finite bins, so the
 * expectation of |accuracy − confidence| under sampling noise is taken off (Kumar, Liang and Ma 2019, the normal
 * approximation for p = 1, in closed form: the mean of a folded normal). Never below 0.
 *
 * @param repeats how many outcomes stand for one independent one, where predictions were repeated or images are near-duplicates
 */
export function calibrationError(bins: readonly CalibrationBin[], repeats = 1): number {
  const total = bins.reduce((sum, { n }) => sum + n, 0);
  const error = bins.reduce((sum, { n, confidence, accuracy }) => {
    const gap = Math.abs(accuracy - confidence);
    const deviation = Math.sqrt((accuracy * (1 - accuracy) * repeats) / n);
    return sum + (n / total) * (2 * gap - foldedMean(gap, deviation));
  }, 0);
  return Math.max(0, error);
}

/** E|N(mean, deviation²)| */
function foldedMean(mean: number, deviation: number): number {
  if (deviation === 0) return mean;
  const ratio = mean / deviation;
  return deviation * Math.sqrt(2 / Math.PI) * Math.exp((-ratio * ratio) / 2) + mean * (1 - 2 * normalBelow(-ratio));
}

/** Cumulative normal distribution (Abramowitz and Stegun 26.2.17, error below 7.5e-8). */
function normalBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x >= 0 ? 1 - tail : tail;
}
