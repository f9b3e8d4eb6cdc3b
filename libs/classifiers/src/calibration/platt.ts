/**
 * Slope and offset for p = 1 / (1 + exp(−(slope · z + offset))) by Newton's method with Platt's smoothed targets
 * (Platt 1999; Lin, Lin and Weng 2007).
 *
 * @param outputs n values
 * @param truths n outcomes
 * @param repeats how often each outcome occurs, where outputs of several foldings are pooled; it makes none of them surer
 * @returns slope ≥ 0; (1, 0) where only one outcome occurs
 */
export function fitPlatt(
  outputs: readonly number[],
  truths: readonly boolean[],
  repeats = 1,
): { slope: number; offset: number } {
  const positives = truths.filter(Boolean).length / repeats;
  const negatives = truths.length / repeats - positives;
  if (positives === 0 || negatives === 0) return { slope: 1, offset: 0 };
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (negatives + 2);
  let slope = 0;
  let offset = Math.log((positives + 1) / (negatives + 1));
  const loss = (a: number, b: number) =>
    outputs.reduce((sum, z, at) => {
      const logit = a * z + b;
      return sum + Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(0, logit) - (truths[at] ? high : low) * logit;
    }, 0);
  let value = loss(slope, offset);
  for (let iteration = 0; iteration < 100; iteration++) {
    let [gA, gB, hAA, hAB, hBB] = [0, 0, 1e-12, 0, 1e-12];
    outputs.forEach((z, at) => {
      const p = 1 / (1 + Math.exp(-(slope * z + offset)));
      const difference = p - (truths[at] ? high : low);
      const curvature = p * (1 - p);
      gA += difference * z;
      gB += difference;
      hAA += curvature * z * z;
      hAB += curvature * z;
      hBB += curvature;
    });
    if (Math.max(Math.abs(gA), Math.abs(gB)) < 1e-9 * outputs.length) break;
    const determinant = hAA * hBB - hAB * hAB;
    const stepA = -(hBB * gA - hAB * gB) / determinant;
    const stepB = -(hAA * gB - hAB * gA) / determinant;
    let share = 1;
    while (share > 1e-10 && loss(slope + share * stepA, offset + share * stepB) > value) share /= 2;
    if (share <= 1e-10) break;
    slope += share * stepA;
    offset += share * stepB;
    value = loss(slope, offset);
  }
  return slope > 0 ? { slope, offset } : { slope: 0, offset: Math.log((positives + 1) / (negatives + 1)) };
}
