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
 * among them (`near`) and from the half that lies farthest away (`far`), where a graph walk meets none of them.
 *
 * @param vectors of ids 1 …, of length 1
 * @param count queries for each subset
 */
export function makeSubsets(vectors: readonly Float32Array[], count: number): Subset[] {
  const random = seededRandom(11);
  const byDistance = order(vectors, vectors[0] ?? new Float32Array());
  const subsets = SELECTIVITIES.map((share) => randomSubset(vectors, share, count, random));
  for (const share of CORRELATED) {
    const members = byDistance.slice(0, Math.round(vectors.length * share));
    const ids = Float64Array.from(members, (i) => i + 1).sort();
    const far = byDistance.slice(vectors.length / 2);
    subsets.push({ name: `cluster ${percent(share)}, near`, ids, queries: between(vectors, members, count, random) });
    subsets.push({ name: `cluster ${percent(share)}, far`, ids, queries: between(vectors, far, count, random) });
  }
  return subsets;
}

/** Each vector with the probability `share`, and queries anywhere. */
export function randomSubset(
  vectors: readonly Float32Array[],
  share: number,
  count: number,
  random = seededRandom(12),
): Subset {
  const all = [...vectors.keys()];
  return {
    name: `random ${percent(share)}`,
    ids: Float64Array.from(
      all.filter(() => share === 1 || random() < share),
      (i) => i + 1,
    ),
    queries: between(vectors, all, count, random),
  };
}

const percent = (share: number): string => `${share * 100} %`;

/** Queries that are no stored vector: each lies between two of `rows`, nearer to the first. */
function between(
  vectors: readonly Float32Array[],
  rows: readonly number[],
  count: number,
  random: () => number,
): Float32Array[] {
  const one = (): Float32Array => vectors[rows[Math.floor(random() * rows.length)] ?? 0] ?? new Float32Array();
  return Array.from({ length: count }, () => {
    const [a, b] = [one(), one()];
    return a.map((x, i) => 0.75 * x + 0.25 * (b[i] ?? 0));
  });
}

/** Positions by falling cosine to `to`. */
function order(vectors: readonly Float32Array[], to: Float32Array): number[] {
  const scores = vectors.map((vector) => vector.reduce((sum, x, i) => sum + x * (to[i] ?? 0), 0));
  return [...vectors.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
}
