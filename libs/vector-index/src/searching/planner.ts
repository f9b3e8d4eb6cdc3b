import type { SearchPlan } from '../vector-index.js';

/** Indexes up to this size are scanned unless told otherwise: it takes well under a millisecond and is exact. */
export const ALWAYS_EXACT = 2048;

export interface PlanInput {
  /** Whether the query insists. */
  readonly exact: boolean;
  readonly live: number;
  /** Whether any graph is there to walk. */
  readonly hasGraph: boolean;
  /** Images that match the filter, or `null` without a filter. */
  readonly matched: number | null;
  /** Filters that match at most this many are scanned. */
  readonly exactLimit: number;
  /** Indexes that hold at most this many are scanned. */
  readonly scanUpTo: number;
}

/** Decides how a search is run. */
export function choosePlan({ exact, live, hasGraph, matched, exactLimit, scanUpTo }: PlanInput): SearchPlan {
  const scan = exact || !hasGraph || live <= scanUpTo;
  if (matched === null) return scan ? 'exact' : 'hnsw';
  return scan || matched <= exactLimit ? 'filtered-exact' : 'filtered-hnsw';
}
