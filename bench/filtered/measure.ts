import type { VectorIndex, VectorQuery } from '#libs/vector-index';
import { percentile } from '../lib/statistics.js';
import type { Subset } from './subsets.js';

export const K = 10;

/** What one way to search showed. Milliseconds. */
export interface Measured {
  readonly recall: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the whole process, all threads; hardly depends on what else the machine does. */
  readonly cpu: number;
  readonly plans: string;
}

export type Ask = (vector: Float32Array) => Promise<{ ids: number[]; plan: string }>;

/** Asks one query after another. @param truth ids of each query's true neighbours */
export async function measure(
  { queries }: Pick<Subset, 'queries'>,
  truth: readonly ReadonlySet<number>[],
  ask: Ask,
): Promise<Measured> {
  const times: number[] = [];
  const plans = new Set<string>();
  let found = 0;
  let wanted = 0;
  const before = process.cpuUsage();
  for (const [i, vector] of queries.entries()) {
    const began = performance.now();
    const { ids, plan } = await ask(vector);
    times.push(performance.now() - began);
    plans.add(plan);
    wanted += truth[i]?.size ?? 0;
    found += ids.filter((id) => truth[i]?.has(id)).length;
  }
  const { user, system } = process.cpuUsage(before);
  return {
    recall: found / wanted,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    cpu: (user + system) / 1000 / queries.length,
    plans: [...plans].join(', '),
  };
}

/** The product's search. */
export function asking(index: VectorIndex, query: Omit<VectorQuery, 'vector' | 'k'>): Ask {
  return async (vector) => {
    const { hits, plan } = await index.search({ vector, k: K, ...query });
    return { ids: hits.map(({ id }) => id), plan };
  };
}

/** What a graph without a planner does: the nearest `ef` of all, of which those that match are kept. */
export function postFiltering(index: VectorIndex, { ids }: Pick<Subset, 'ids'>, ef: number): Ask {
  const matching = new Set(ids);
  return async (vector) => {
    const { hits, plan } = await index.search({ vector, k: ef, ef });
    return { ids: hits.flatMap(({ id }) => (matching.has(id) ? [id] : [])).slice(0, K), plan };
  };
}

/** Exact answers of the subset's queries, and what they cost. */
export async function scanned(
  index: VectorIndex,
  subset: Pick<Subset, 'queries'>,
  query: Omit<VectorQuery, 'vector' | 'k'>,
): Promise<{ truth: ReadonlySet<number>[]; cost: Measured }> {
  const truth: ReadonlySet<number>[] = [];
  const ask = asking(index, { ...query, exact: true });
  const cost = await measure(subset, [], async (vector) => {
    const answer = await ask(vector);
    truth.push(new Set(answer.ids));
    return answer;
  });
  return { truth, cost };
}
