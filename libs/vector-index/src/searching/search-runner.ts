import type { View } from '../contents.js';
import type { BlockLayout } from '../matrix/block-layout.js';
import type { VectorAnswer, VectorQuery } from '../vector-index.js';
import type { IdSet } from './id-set.js';
import { MatchCounts } from './match-counts.js';
import { choosePlan, walkingCost } from './planner.js';
import type { GraphTask, ScanTask, SearchReply, SearchRequest } from './search-request.js';
import type { SearcherPool } from './searcher-pool.js';
import { byScore } from './top-k.js';

export interface SearchLimits {
  readonly ef: number;
  readonly exactLimit: number;
  readonly scanUpTo: number;
}

/** Runs one search over a view: plans it, gives every thread its share, merges what they found. */
export class SearchRunner {
  private readonly counts = new MatchCounts();

  constructor(
    private readonly layout: BlockLayout,
    private readonly pool: SearcherPool,
    private readonly limits: SearchLimits,
  ) {}

  /** @param unit the query at length 1 */
  async run(view: View, query: VectorQuery, unit: Float32Array, filter: IdSet | null): Promise<VectorAnswer> {
    const { exactLimit, scanUpTo } = this.limits;
    const situation = {
      exact: query.exact === true || query.best !== undefined,
      live: view.live,
      hasGraph: view.parts.some(({ part }) => part.graphOwner !== undefined),
      exactLimit,
      walkRows: 0,
      scanUpTo,
    };
    const ef = Math.max(query.ef ?? this.limits.ef, query.k);
    let plan = choosePlan({ ...situation, matched: filter?.ids.length ?? null });
    let available: readonly number[] = view.parts.map(({ live }) => live);
    if (filter && plan === 'filtered-hnsw') {
      available = await this.counts.of(view, filter, () => this.countMatching(view, filter));
      const graphs = view.parts.flatMap(({ part, count }, i) =>
        part.graphOwner === undefined ? [] : [{ count, available: available[i] ?? 0 }],
      );
      plan = choosePlan({ ...situation, matched: sum(available), walkRows: walkingCost(graphs, ef) });
    }
    const walk = plan === 'hnsw' || plan === 'filtered-hnsw';
    const replies = await this.spread(view, available, walk, (scans, graphs) => ({
      vector: unit,
      ...(query.best && { best: query.best }),
      k: query.k,
      ef,
      version: view.version,
      filter,
      exclude: query.exclude ?? [],
      scans,
      graphs,
    }));
    const hits = replies
      .flatMap(({ ids, scores }) => ids.map((id, i) => ({ id, score: clamp(scores[i] ?? 0) })))
      .sort(byScore)
      .slice(0, query.k)
      .filter(({ score }) => score >= (query.minScore ?? -1));
    const matched = filter === null ? view.live : walk ? sum(available) : sum(replies.map((reply) => reply.matched));
    return {
      hits,
      plan,
      sequence: view.sequence,
      estimate: filter?.ids.length ?? view.live,
      matched,
      ...(walk && { ef: Math.max(ef, ...replies.map((reply) => reply.ef)) }),
    };
  }

  private async countMatching(view: View, filter: IdSet): Promise<number[]> {
    const shares = Array.from({ length: this.pool.size }, (_, slot) =>
      view.parts.filter((_part, i) => i % this.pool.size === slot),
    );
    const counts = await Promise.all(
      shares.map((share, slot) =>
        share.length === 0
          ? []
          : this.pool.ask(slot, (thread) =>
              thread.call('countMatching', [
                share.map(({ part, count }) => ({ part: part.key, count })),
                filter,
                view.version,
              ]),
            ),
      ),
    );
    return view.parts.map((_, i) => counts[i % this.pool.size]?.[Math.floor(i / this.pool.size)] ?? 0);
  }

  /** Graphs go to the threads that own them, blocks to be scanned to all threads in turn, the idlest first. */
  private spread(
    view: View,
    available: readonly number[],
    walk: boolean,
    request: (scans: ScanTask[], graphs: GraphTask[]) => SearchRequest,
  ): Promise<SearchReply[]> {
    const scans: ScanTask[][] = Array.from({ length: this.pool.size }, () => []);
    const graphs: GraphTask[][] = Array.from({ length: this.pool.size }, () => []);
    let next = this.pool.leastLoaded();
    for (const [i, { part, count }] of view.parts.entries()) {
      if (walk && part.graphOwner !== undefined) {
        graphs[part.graphOwner]?.push({ part: part.key, count, available: available[i] ?? 0 });
        continue;
      }
      for (let block = 0; block * this.layout.rows < count; block++) {
        scans[next % this.pool.size]?.push({ part: part.key, block, count: part.rows.rowsIn(block, count) });
        next++;
      }
    }
    const busy = [...scans.keys()].filter((slot) => scans[slot]?.length || graphs[slot]?.length);
    return Promise.all(busy.map((slot) => this.pool.search(slot, request(scans[slot] ?? [], graphs[slot] ?? []))));
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Rounding may carry the cosine of two equal vectors past 1. */
const clamp = (score: number): number => Math.min(1, Math.max(-1, score));
