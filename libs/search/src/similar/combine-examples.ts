import { DomainError } from '#libs/errors';
import type { ResolvedExample, ResolvedQuery } from './query.js';

/** One vector to look for, and what a cosine with it has to be multiplied by to be the strategy's score. */
export interface CombinedQuery {
  readonly vector: Float32Array;
  readonly scale: number;
}

/**
 * `average_vector` (Qdrant, `avg_vector_for_recommendation`): the mean of the positives; with negatives
 * 2 · mean(positives) − mean(negatives). Means are weighted. The score is the cosine with that vector.
 *
 * @throws DomainError `examples_cancel_out`
 */
export function averageVector(query: ResolvedQuery): CombinedQuery {
  const [only, ...others] = query.positives;
  // The mean of one is that one, and most searches are for one.
  if (only && others.length + query.negatives.length === 0) return { vector: only.vector, scale: 1 };
  return { vector: weightedSum(averageTerms(query)).vector, scale: 1 };
}

/** What each example counts in `averageVector`, positives first. */
export function averageTerms({ positives, negatives }: ResolvedQuery): ResolvedExample[] {
  const share = (examples: readonly ResolvedExample[], by: number) => {
    const total = examples.reduce((sum, { weight }) => sum + weight, 0);
    return examples.map(({ vector, weight }) => ({ vector, weight: (by * weight) / total }));
  };
  return negatives.length === 0 ? share(positives, 1) : [...share(positives, 2), ...share(negatives, -1)];
}

/**
 * `sum_scores` (Qdrant, `RecoSumScoresQuery`): Σ weight · cosine over the positives less the same over the negatives. An
 * inner product is linear, so this is the inner product with one vector, and any index finds its best exactly as it
 * finds neighbours.
 *
 * @throws DomainError `examples_cancel_out`
 */
export function sumOfScores(query: ResolvedQuery): CombinedQuery {
  const { vector, length } = weightedSum(sumTerms(query));
  return { vector, scale: length };
}

/** What each example counts in `sumOfScores`, positives first. */
export function sumTerms({ positives, negatives }: ResolvedQuery): ResolvedExample[] {
  return [...positives, ...negatives.map(({ vector, weight }) => ({ vector, weight: -weight }))];
}

/** Under this share of what the terms could add up to, what is left is rounding. */
const NOTHING_LEFT = 1e-5;

/** @throws DomainError `examples_cancel_out` */
export function weightedSum(terms: readonly ResolvedExample[]): { vector: Float32Array; length: number } {
  const sum = new Float64Array(terms[0]?.vector.length ?? 0);
  let most = 0;
  for (const { vector, weight } of terms) {
    most += Math.abs(weight);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + weight * (vector[i] ?? 0);
  }
  // Plain loops here and above, as every search by example comes by.
  let squares = 0;
  for (let i = 0; i < sum.length; i++) squares += (sum[i] ?? 0) ** 2;
  const length = Math.sqrt(squares);
  if (length <= NOTHING_LEFT * most) {
    throw new DomainError('examples_cancel_out', 'The positive and negative examples add up to nothing.');
  }
  return { vector: new Float32Array(sum), length };
}
