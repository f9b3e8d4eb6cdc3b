import type { BlockScorer } from '../matrix/block-scorer.js';
import type { VectorBlock } from '../matrix/vector-block.js';
import type { BestScore } from '../vector-index.js';

/** Qdrant's `scaled_fast_sigmoid`: keeps the order, and puts any similarity between 0 and 1. */
export const squash = (similarity: number): number => 0.5 * (similarity / (1 + Math.abs(similarity)) + 1);

/** The score out of the largest similarity to a positive and to a negative; −∞ where there is none. */
export function bestScore(positive: number, negative: number): number {
  return positive > negative ? squash(positive) : -squash(negative);
}

/** Calls back with the best-score of each listed row of a block. */
export function scoreBest(
  scorer: BlockScorer,
  rows: ArrayLike<number>,
  { positives, negatives }: BestScore,
  onScore: (score: number, row: number) => void,
): void {
  const liked = largest(scorer, rows, positives);
  const disliked = largest(scorer, rows, negatives);
  for (let at = 0; at < rows.length; at++) {
    onScore(bestScore(liked[at] ?? -Infinity, disliked[at] ?? -Infinity), rows[at] ?? NaN);
  }
}

function largest(scorer: BlockScorer, rows: ArrayLike<number>, vectors: readonly Float32Array[]): Float32Array {
  const best = new Float32Array(rows.length).fill(-Infinity);
  for (const vector of vectors) {
    let at = 0;
    scorer.pick(vector, rows, (score) => {
      if (score > (best[at] ?? Infinity)) best[at] = score;
      at++;
    });
  }
  return best;
}

/** Live rows among the first `count` of a block. */
export function liveRows(block: VectorBlock, count: number, version: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row < count; row++) if (block.isLive(row, version)) rows.push(row);
  return rows;
}
