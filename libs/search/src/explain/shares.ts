import type { CellVectors } from '#libs/encoder';
import { averageTerms, sumTerms, weightedSum } from '../similar/combine-examples.js';
import type { ResolvedQuery } from '../similar/query.js';
import { dot } from '../similar/dot.js';

/**
 * What each example counts in the score of one image, positives first: the score is Σ coefficient · cosine. In
 * `best_score` only the example that decides counts, and the sum is its similarity, before it is squashed.
 *
 * @param image its vector at length 1
 */
export function coefficients(query: ResolvedQuery, image: Float32Array): number[] {
  if (query.strategy === 'sum_scores') return sumTerms(query).map(({ weight }) => weight);
  if (query.strategy === 'average_vector') {
    const terms = averageTerms(query);
    const { length } = weightedSum(terms);
    return terms.map(({ weight }) => weight / length);
  }
  const all = [...query.positives, ...query.negatives];
  const similarities = all.map(({ vector, weight }) => weight * dot(vector, image));
  const liked = Math.max(...similarities.slice(0, query.positives.length));
  const disliked = Math.max(...similarities.slice(query.positives.length));
  const decides = liked > disliked ? similarities.indexOf(liked) : similarities.lastIndexOf(disliked);
  const sign = liked > disliked ? 1 : -1;
  return all.map(({ weight }, at) => (at === decides ? sign * weight : 0));
}

/** Share of each cell in the inner product of `direction` and the picture's vector at length 1; they add up to it. */
export function cellShares(cells: CellVectors, direction: Float32Array): number[] {
  const length = Math.sqrt(sumOf(cells).reduce((squares, component) => squares + component ** 2, 0));
  const { rows, columns, dimension, data } = cells;
  return Array.from({ length: rows * columns }, (_, cell) => {
    const at = cell * dimension;
    return dot(data.subarray(at, at + dimension), direction) / length;
  });
}

/** The picture's vector at length 1. */
export function unitOf(cells: CellVectors): Float32Array {
  const sum = sumOf(cells);
  const length = Math.sqrt(sum.reduce((squares, component) => squares + component ** 2, 0));
  return Float32Array.from(sum, (component) => component / length);
}

function sumOf({ dimension, data }: CellVectors): Float64Array {
  const sum = new Float64Array(dimension);
  for (let at = 0; at < data.length; at++) sum[at % dimension] = (sum[at % dimension] ?? 0) + (data[at] ?? 0);
  return sum;
}
