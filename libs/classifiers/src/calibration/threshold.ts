/** Independent images a threshold may rest on. */
const FEWEST = 3;

/**
 * The least threshold at which at least `target` of the images scored as high or higher are in the category: the greatest
 * recall for that precision. At least three independent images must lie above it.
 *
 * @param examples which independent image each score is of: one that was scored several times, or near-duplicates of each
 *   other, are one
 * @returns null where no threshold reaches the target
 */
export function thresholdForPrecision(
  scores: readonly number[],
  truths: readonly boolean[],
  target: number,
  examples: ArrayLike<number>,
): number | null {
  const order = scores.map((_, at) => at).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  let best: number | null = null;
  let right = 0;
  const above = new Set<number>();
  order.forEach((row, position) => {
    if (truths[row]) right++;
    above.add(examples[row] as number);
    const next = order[position + 1];
    const isTied = next !== undefined && scores[next] === scores[row];
    if (isTied || above.size < FEWEST || right / (position + 1) < target) return;
    best = scores[row] as number;
  });
  return best;
}
