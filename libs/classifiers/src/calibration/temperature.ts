/**
 * Slope for p = softmax(slope · z) of least negative log-likelihood (temperature scaling, Guo et al. 2017; slope = 1 ÷
 * temperature), by golden-section search in the logarithm, since the likelihood has a single peak there.
 *
 * @param outputs row-major n × units
 * @param labels n category numbers
 * @param independent how many of the rows are independent of each other; a share of 1 ÷ (independent + 2) of every label is
 *   given to the other categories, as Platt does, so that a few perfect outcomes do not become certainty
 * @returns between 1e-3 and 1e3; 1 where there is nothing to fit to
 */
export function fitTemperature(
  outputs: Float64Array,
  units: number,
  labels: Int32Array,
  independent = labels.length,
): number {
  if (labels.length === 0) return 1;
  const loss = (logarithm: number) => softmaxLoss(outputs, units, labels, Math.exp(logarithm), 1 / (independent + 2));
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = Math.log(1e-3);
  let high = Math.log(1e3);
  let a = high - ratio * (high - low);
  let b = low + ratio * (high - low);
  let lossA = loss(a);
  let lossB = loss(b);
  while (high - low > 1e-4) {
    if (lossA <= lossB) {
      [high, b, lossB] = [b, a, lossA];
      a = high - ratio * (high - low);
      lossA = loss(a);
    } else {
      [low, a, lossA] = [a, b, lossB];
      b = low + ratio * (high - low);
      lossB = loss(b);
    }
  }
  return Math.exp((low + high) / 2);
}

/** Mean cross-entropy of softmax(slope · z); `doubt` of every label is spread over the other categories. */
export function softmaxLoss(
  outputs: Float64Array,
  units: number,
  labels: Int32Array,
  slope: number,
  doubt = 0,
): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row++) {
    const from = row * units;
    let greatest = -Infinity;
    for (let unit = 0; unit < units; unit++) greatest = Math.max(greatest, slope * (outputs[from + unit] as number));
    let total = 0;
    for (let unit = 0; unit < units; unit++) total += Math.exp(slope * (outputs[from + unit] as number) - greatest);
    const own = outputs[from + (labels[row] as number)] as number;
    let expected = own;
    if (doubt > 0 && units > 1) {
      let others = -own;
      for (let unit = 0; unit < units; unit++) others += outputs[from + unit] as number;
      expected = (1 - doubt) * own + (doubt / (units - 1)) * others;
    }
    sum += Math.log(total) + greatest - slope * expected;
  }
  return sum / Math.max(1, labels.length);
}
