import { seededRandom } from '../lib/random.js';

/** A filter, and the queries that are asked with it. */
export interface Subset {
  readonly name: string;
  /** Ids that match, ascending. */
  readonly ids: Float64Array;
  readonly queries: readonly Float32Array[];
}

const SELECTIVITIES = [1, 0.2, 0.1, 0.01, 0.001];
const CORRELATED = [0.1, 0.01];

/**
 * Random subsets of each selectivity, and subsets that lie together: the vectors nearest to a pivot, asked for from
 * close by (`near`) and from the other side (`far`), where a graph walk meets none of them.
 *
 * @param vectors of ids 1 …
 * @param queries how many for each subset are taken from `candidates`
 */
export function makeSubsets(
  vectors: readonly Float32Array[],
  candidates: readonly Float32Array[],
  queries: number,
): Subset[] {
  const random = seededRandom(11);
  const subsets: Subset[] = SELECTIVITIES.map((share) => ({
    name: `random ${percent(share)}`,
    ids: Float64Array.from(vectors.flatMap((_, i) => (share === 1 || random() < share ? [i + 1] : []))),
    queries: candidates.slice(0, queries),
  }));
  const pivot = vectors[0] ?? new Float32Array();
  const byDistance = order(vectors, pivot);
  const askers = order(candidates, pivot).map((i) => candidates[i] ?? pivot);
  for (const share of CORRELATED) {
    const ids = Float64Array.from(byDistance.slice(0, Math.round(vectors.length * share)), (i) => i + 1).sort();
    subsets.push({ name: `cluster ${percent(share)}, near`, ids, queries: askers.slice(0, queries) });
    subsets.push({ name: `cluster ${percent(share)}, far`, ids, queries: askers.slice(-queries) });
  }
  return subsets;
}

const percent = (share: number): string => `${share * 100} %`;

/** Positions by falling cosine to `to`. */
function order(vectors: readonly Float32Array[], to: Float32Array): number[] {
  const scores = vectors.map((vector) => cosine(vector, to));
  return [...vectors.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
}

function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
