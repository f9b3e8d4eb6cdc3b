import { Injectable } from '@nestjs/common';
import type { ImageFilter } from '#libs/catalogue';
import { compareWithExact, VectorIndexReader, type Comparison, type SearchPlan } from '#libs/vector-index';

export interface RecallRequest {
  readonly filter?: ImageFilter;
  /** Stored images to ask with; 1 … 1000, default 100. */
  readonly queries?: number;
  /** Neighbours to compare; 1 … 100, default 10. */
  readonly k?: number;
  /** HNSW candidates; default from the settings. */
  readonly ef?: number;
}

export interface RecallReport {
  readonly k: number;
  /** Searches compared; 0 where nothing matches or nothing is stored. */
  readonly queries: number;
  /** Mean share of the exact answer that was found, 0 … 1; null without searches. */
  readonly recall: number | null;
  /** Worst of them. */
  readonly least: number | null;
  /** Images that match the filter. */
  readonly matched: number;
  /** How often each plan was chosen. */
  readonly plans: Readonly<Partial<Record<SearchPlan, number>>>;
  /** Milliseconds, 50th percentile: the search as it is, and the exact scan. */
  readonly searchMs: number | null;
  readonly exactMs: number | null;
}

/** Use case: recall on demand, with stored images as queries, spread evenly over all of them. */
@Injectable()
export class MeasureRecall {
  constructor(private readonly index: VectorIndexReader) {}

  /** @throws DomainError `invalid_request` for the filter, `index_unavailable` */
  async measure({ filter, queries = 100, k = 10, ef }: RecallRequest = {}): Promise<RecallReport> {
    const ids = await this.index.ids();
    const comparisons: Comparison[] = [];
    const asked = Math.min(queries, ids.length);
    for (let n = 0; n < asked; n++) {
      const id = ids[Math.floor((n * ids.length) / asked)];
      const [vector] = id === undefined ? [] : await this.index.vectorsOf([id]);
      if (id === undefined || !vector) continue;
      const comparison = await compareWithExact(this.index, { vector, k, filter, ef, exclude: [id] });
      if (comparison) comparisons.push(comparison);
    }
    const plans: Partial<Record<SearchPlan, number>> = {};
    for (const { answer } of comparisons) plans[answer.plan] = (plans[answer.plan] ?? 0) + 1;
    const recalls = comparisons.map(({ recall }) => recall);
    const none = comparisons.length === 0;
    return {
      k,
      queries: comparisons.length,
      recall: none ? null : recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
      least: none ? null : Math.min(...recalls),
      matched: comparisons.at(-1)?.answer.matched ?? 0,
      plans,
      searchMs: median(comparisons.map(({ searchMs }) => searchMs)),
      exactMs: median(comparisons.map(({ exactMs }) => exactMs)),
    };
  }
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
