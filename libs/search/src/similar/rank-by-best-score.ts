import type { BestScore, VectorAnswer, VectorIndexReader } from '#libs/vector-index';
import type { RankOptions, ResolvedExample, ResolvedQuery } from './query.js';

/** Neighbours of each positive taken at first, and how that grows: after the last round everything is scanned. */
const FIRST_CANDIDATES = 100;
const PER_RESULT = 4;
const GROWTH = 4;
const MOST_CANDIDATES = 2000;

/**
 * `best_score` (Qdrant, `RecoBestScoreQuery`): see `BestScore`. An image that is nearer to a positive than to any negative
 * scores over 0, every other under 0.
 *
 * Over a graph, the nearest to each positive are candidates, and their scores are computed exactly. What is not among
 * them is no nearer to any positive than the last of its list: so once k candidates score at least as much as that would,
 * they are the answer. Otherwise the lists grow, and in the end every image is scanned; so are negatives alone.
 */
export async function rankByBestScore(
  index: VectorIndexReader,
  query: ResolvedQuery,
  options: RankOptions,
): Promise<VectorAnswer> {
  const best: BestScore = { positives: query.positives.map(weighted), negatives: query.negatives.map(weighted) };
  const [vector = new Float32Array(0)] = [...best.positives, ...best.negatives];
  if (options.exact !== true && query.positives.length > 0) {
    const found = await amongNearest(index, query.positives, { ...options, vector, best });
    if (found) return found;
  }
  return index.search({ ...options, vector, best });
}

type Search = RankOptions & { readonly vector: Float32Array; readonly best: BestScore };

/** @returns undefined where only a scan of everything can tell */
async function amongNearest(
  index: VectorIndexReader,
  positives: readonly ResolvedExample[],
  search: Search,
): Promise<VectorAnswer | undefined> {
  const { k, minScore } = search;
  const plain = { ...search, best: undefined, minScore: undefined };
  for (let count = Math.max(FIRST_CANDIDATES, PER_RESULT * k); count <= MOST_CANDIDATES; count *= GROWTH) {
    const lists = await Promise.all(positives.map(({ vector }) => index.search({ ...plain, vector, k: count })));
    const [first] = lists;
    // Where a list was scanned, scanning the scores themselves costs no more.
    if (!first || lists.some(({ plan }) => plan === 'exact' || plan === 'filtered-exact')) return undefined;
    const among = [...new Set(lists.flatMap(({ hits }) => hits.map(({ id }) => id)))];
    const scored = await index.search({ ...search, among, minScore: undefined });
    // A list that ended early holds everything there is.
    const whole = lists.some(({ hits }) => hits.length < count);
    const unseen = Math.max(...lists.map((list, at) => boundOf(list, positives[at]?.weight ?? 1)));
    const proven = scored.hits.filter(({ score }) => score >= unseen).length;
    if (whole || proven >= k || (minScore ?? -1) > unseen) {
      return {
        ...scored,
        hits: scored.hits.filter(({ score }) => score >= (minScore ?? -1)),
        plan: first.plan,
        estimate: first.estimate,
        matched: first.matched,
        ef: Math.max(...lists.map(({ ef = 0 }) => ef)),
      };
    }
  }
  return undefined;
}

/** No image that the list lacks scores more than this: it is no nearer to the positive than the last that it has. */
function boundOf({ hits }: VectorAnswer, weight: number): number {
  const last = weight * (hits.at(-1)?.score ?? 0);
  return 0.5 * (last / (1 + Math.abs(last)) + 1);
}

const weighted = ({ vector, weight }: ResolvedExample): Float32Array =>
  weight === 1 ? vector : vector.map((component) => component * weight);
