import { readFile } from 'node:fs/promises';
import { DomainError } from '#libs/errors';
import { Moved } from '#libs/threads';
import { createGraph, releaseGraph, type HnswGraph, type HnswLibrary } from '../hnsw-library.js';
import type { BlockLayout } from '../matrix/block-layout.js';
import { BlockScorer } from '../matrix/block-scorer.js';
import { PartRows } from '../matrix/part-rows.js';
import { Projection, projectionOf } from '../matrix/projection.js';
import { RunningCalls } from '../running-calls.js';
import { liveRows, scoreBest } from './best-score.js';
import { matchingRows } from './id-filter.js';
import { hasId, type IdSet } from './id-set.js';
import { ROWS_PER_CANDIDATE } from './planner.js';
import type { GraphFile, GraphTask, PartDescriptor, ScanTask, SearchReply, SearchRequest } from './search-request.js';
import { TopK } from './top-k.js';

interface HeldPart {
  readonly rows: PartRows;
  readonly sorted: boolean;
  readonly scorers: BlockScorer[];
  graph?: HnswGraph;
  /** Where the graph is over short vectors: it proposes, the whole ones decide. */
  projection?: Projection;
}

/** Neighbours asked for past k, because the graph's own distances are rounded and may order the last ones otherwise. */
const SPARE = 8;

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What one searching thread does. Rows are shared by all threads, graphs belong to one. */
export class Searcher {
  private readonly parts = new Map<number, HeldPart>();
  private readonly calls = new RunningCalls();
  /** Room for the rows of a block that match; nothing else may run while they are used. */
  private readonly matching: Uint32Array;

  constructor(
    private readonly layout: BlockLayout,
    private readonly slot: number,
    private readonly loadLibrary: () => HnswLibrary,
  ) {
    this.matching = new Uint32Array(layout.rows);
  }

  attach(descriptor: PartDescriptor): void {
    const rows = new PartRows(this.layout, descriptor.memories);
    const scorers = rows.blocks.map((block) => new BlockScorer(block, this.slot));
    this.parts.set(descriptor.part, { rows, scorers, sorted: descriptor.sorted });
  }

  addBlock(part: number, memory: WebAssembly.Memory): void {
    const held = this.part(part);
    held.rows.addBlock(memory);
    const block = held.rows.blocks.at(-1);
    if (block) held.scorers.push(new BlockScorer(block, this.slot));
  }

  detach(part: number): void {
    const graph = this.parts.get(part)?.graph;
    if (graph) releaseGraph(graph);
    this.parts.delete(part);
  }

  /** Reads a graph into a new object beside whatever is being searched; it is used once it is whole. */
  loadGraph(part: number, file: GraphFile, count: number): Promise<void> {
    return this.calls.run(() => this.readGraph(part, file, count));
  }

  private async readGraph(part: number, { file, compact }: GraphFile, count: number): Promise<void> {
    const held = this.part(part);
    const { dimension } = this.layout;
    const projection = compact ? Projection.parse(await readFile(projectionOf(file)), dimension) : undefined;
    const graph = createGraph(this.loadLibrary(), projection?.components ?? dimension);
    await graph.readIndex(file);
    if (graph.getCurrentCount() !== count) {
      throw new DomainError('index_corrupt', `${file} holds ${graph.getCurrentCount()} vectors instead of ${count}`);
    }
    held.projection = projection;
    held.graph = graph;
  }

  /** Live rows of each part whose ids are in `filter`. */
  async countMatching(
    parts: readonly { part: number; count: number }[],
    filter: IdSet,
    version: number,
  ): Promise<number[]> {
    const held = parts.map(({ part, count }) => ({ held: this.part(part), count }));
    const counts: number[] = [];
    for (const { held: part, count } of held) {
      let matching = 0;
      for (const [index, block] of part.rows.blocks.entries()) {
        const rows = part.rows.rowsIn(index, count);
        matching += matchingRows(block, rows, part.sorted, filter, version, this.matching).length;
        await pause();
      }
      counts.push(matching);
    }
    return counts;
  }

  /** Live ids of all these parts, ascending. */
  async ids(parts: readonly { part: number; count: number }[], version: number): Promise<Moved<Float64Array>> {
    const held = parts.map(({ part, count }) => ({ rows: this.part(part).rows, count }));
    const ids = new Float64Array(parts.reduce((sum, { count }) => sum + count, 0));
    let length = 0;
    for (const { rows, count } of held) {
      for (const [index, block] of rows.blocks.entries()) {
        for (let row = 0; row < rows.rowsIn(index, count); row++) {
          if (block.isLive(row, version)) ids[length++] = block.ids[row] ?? 0;
        }
        await pause();
      }
    }
    const live = ids.slice(0, length).sort();
    return new Moved(live, [live.buffer as ArrayBuffer]);
  }

  /** Does the share of a search that is this thread's. Lets other calls in between blocks. */
  search(request: SearchRequest): Promise<SearchReply> {
    return this.calls.run(() => this.searchShare(request));
  }

  /** Several short searches for one message there and one back; waking a thread costs about as much as walking a graph. */
  async searchMany(requests: readonly SearchRequest[]): Promise<SearchReply[]> {
    const replies: SearchReply[] = [];
    for (const request of requests) replies.push(await this.search(request));
    return replies;
  }

  /** Returns when nothing runs here any more; only then may the thread be ended. */
  end(): Promise<void> {
    return this.calls.end();
  }

  private async searchShare(request: SearchRequest): Promise<SearchReply> {
    const top = new TopK(request.k);
    const excluded = new Set(request.exclude);
    // Parts may be detached while this pauses; what it began with stays its own.
    const scans = request.scans.map((task) => ({ task, part: this.part(task.part) }));
    const graphs = request.graphs.map((task) => ({ task, part: this.part(task.part) }));
    let ef = 0;
    for (const { task, part } of graphs) ef = Math.max(ef, await this.walk(task, part, request, excluded, top));
    let matched = 0;
    for (const [index, { task, part }] of scans.entries()) {
      if (index > 0) await pause();
      matched += this.scan(task, part, request, excluded, top);
    }
    const hits = top.sorted();
    return { ids: hits.map((hit) => hit.id), scores: hits.map((hit) => hit.score), matched, ef };
  }

  /**
   * Nearest rows of one part by its graph. Candidates that are deleted, excluded or do not match count for nothing: the
   * number of candidates doubles until enough are left, and where walking would cost more than scanning it scans.
   */
  private async walk(
    task: GraphTask,
    part: HeldPart,
    request: SearchRequest,
    excluded: ReadonlySet<number>,
    top: TopK,
  ): Promise<number> {
    const wanted = Math.min(request.k, task.available - this.countExcluded(part, task.count, request));
    if (wanted <= 0) return 0;
    const query = part.projection?.apply(request.vector) ?? Array.from(request.vector);
    const widest = Math.max(request.ef, task.available / ROWS_PER_CANDIDATE);
    const selective = Math.ceil((request.ef * task.count) / Math.max(1, task.available));
    for (let ef = selective; part.graph && ef <= widest; ef *= 2) {
      // `ef` belongs to the graph, not to the query, and a load resets it.
      part.graph.setEf(ef);
      // Where nothing can drop out but what is excluded, neighbours past k are not worth handing over.
      // A graph over short vectors orders them roughly: all its candidates are ranked again.
      const mayDropOut = request.filter !== null || task.available < task.count || part.projection !== undefined;
      const asked = mayDropOut ? ef : Math.min(ef, request.k + excluded.size + SPARE);
      const { neighbors } = part.graph.searchKnn(query, Math.min(asked, task.count));
      const rows = neighbors.filter((row) => this.isWanted(part, row, request, excluded));
      if (rows.length >= wanted) {
        this.rescore(part, rows, request, top);
        return ef;
      }
      await pause();
    }
    for (const block of part.rows.blocks.keys()) {
      await pause();
      this.scan({ part: task.part, block, count: part.rows.rowsIn(block, task.count) }, part, request, excluded, top);
    }
    return 0;
  }

  private isWanted(part: HeldPart, row: number, request: SearchRequest, excluded: ReadonlySet<number>): boolean {
    if (!part.rows.isLive(row, request.version)) return false;
    const id = part.rows.id(row);
    return !excluded.has(id) && (request.filter === null || hasId(request.filter, id));
  }

  private countExcluded(part: HeldPart, count: number, request: SearchRequest): number {
    return request.exclude.filter((id) => {
      const row = part.rows.find(id, count);
      return row >= 0 && this.isWanted(part, row, request, new Set());
    }).length;
  }

  /** Offers rows with scores from the matrix: the graph's distances are rounded otherwise and depend on its build. */
  private rescore(part: HeldPart, rows: readonly number[], request: SearchRequest, top: TopK): void {
    const byBlock = new Map<number, number[]>();
    for (const row of rows) {
      const block = Math.floor(row / this.layout.rows);
      const list = byBlock.get(block);
      if (list) list.push(row % this.layout.rows);
      else byBlock.set(block, [row % this.layout.rows]);
    }
    for (const [index, list] of byBlock) {
      const scorer = part.scorers[index];
      scorer?.pick(request.vector, list, (score, row) => top.offer(scorer.block.ids[row] ?? NaN, score));
    }
  }

  /** @returns number of live rows scanned that match */
  private scan(
    task: ScanTask,
    part: HeldPart,
    request: SearchRequest,
    excluded: ReadonlySet<number>,
    top: TopK,
  ): number {
    const scorer = part.scorers[task.block];
    if (!scorer || task.count === 0) return 0;
    const { block } = scorer;
    const { filter, version } = request;
    const offer = (score: number, row: number): void => {
      if (score < top.threshold) return;
      const id = block.ids[row] ?? NaN;
      if (!excluded.has(id)) top.offer(id, score);
    };
    if (filter || request.best) {
      const rows = filter
        ? matchingRows(block, task.count, part.sorted, filter, version, this.matching)
        : liveRows(block, task.count, version);
      if (rows.length === 0) return 0;
      if (request.best) scoreBest(scorer, rows, request.best, offer);
      else scorer.pick(request.vector, rows, offer);
      return rows.length;
    }
    let live = 0;
    scorer.scan(request.vector, task.count, (scores, first, length) => {
      for (let i = 0; i < length; i++) {
        if (!block.isLive(first + i, version)) continue;
        live++;
        offer(scores[i] ?? -Infinity, first + i);
      }
    });
    return live;
  }

  private part(part: number): HeldPart {
    const held = this.parts.get(part);
    if (!held) throw new DomainError('index_unavailable', `part ${part} of the index is not attached`);
    return held;
  }
}
