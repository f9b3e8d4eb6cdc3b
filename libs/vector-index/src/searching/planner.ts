import type { SearchPlan } from '../vector-index.js';

/** Indexes up to this size are scanned unless told otherwise: it takes well under a millisecond and is exact. */
export const ALWAYS_EXACT = 2048;

/** About how many rows walking a graph scores for each candidate, counting what a row costs that is not in a cache. */
export const ROWS_PER_CANDIDATE = 16;

export interface PlanInput {
  /** Whether the query insists. */
  readonly exact: boolean;
  readonly live: number;
  /** Whether any graph is there to walk. */
  readonly hasGraph: boolean;
  /** Images that match the filter, or `null` without a filter. */
  readonly matched: number | null;
  /** Filters that match at most this many are scanned, whatever walking would cost. */
  readonly exactLimit: number;
  /** What walking the graphs costs in rows that are scored; 0 where it is not known yet. */
  readonly walkRows: number;
  /** Indexes that hold at most this many are scanned. */
  readonly scanUpTo: number;
}

/**
 * What walking costs under a filter, in rows: `ef` candidates that match take as many more as the filter leaves out.
 *
 * @param graphs rows of each, and how many of them match
 */
export function walkingCost(graphs: readonly { count: number; available: number }[], ef: number): number {
  return graphs
    .filter(({ available }) => available > 0)
    .reduce((sum, { count, available }) => sum + (ROWS_PER_CANDIDATE * ef * count) / available, 0);
}

/** Decides how a search is run. */
export function choosePlan({ exact, live, hasGraph, matched, exactLimit, walkRows, scanUpTo }: PlanInput): SearchPlan {
  const scan = exact || !hasGraph || live <= scanUpTo;
  if (matched === null) return scan ? 'exact' : 'hnsw';
  return scan || matched <= exactLimit || matched <= walkRows ? 'filtered-exact' : 'filtered-hnsw';
}
