/**
 * The least threshold at which at least `target` of the images scored as high or higher are in the category: the greatest
 * recall for that precision. At least three images must lie above it.
 *
 * @returns null where no threshold reaches the target
 */
export function thresholdForPrecision(
  scores: readonly number[],
  truths: readonly boolean[],
  target: number,
): number | null {
  const order = scores.map((_, at) => at).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  let best: number | null = null;
  let right = 0;
  order.forEach((row, position) => {
    if (truths[row]) right++;
    const next = order[position + 1];
    const isTied = next !== undefined && scores[next] === scores[row];
    if (isTied || position < 2 || right / (position + 1) < target) return;
    best = scores[row] as number;
  });
  return best;
}
