import { DomainError } from '#libs/errors';
import { MicroBatcher, ThreadClient, workerUrl } from '#libs/threads';
import type { BlockLayout } from '../matrix/block-layout.js';
import type { Part } from '../part.js';
import type { GraphFile, SearchReply, SearchRequest } from './search-request.js';
import type { Searcher } from './searcher.js';

/** Ends a thread once it is idle (see `RunningCalls`). */
export async function endThread(thread: ThreadClient<{ end(): Promise<void> }>): Promise<void> {
  await thread.call('end', []).catch(() => undefined);
  await thread.terminate();
}

const CRASHES_IN_A_ROW = 5;
/** Rows whose scan takes no longer than a walk; longer ones travel alone. */
const SHORT_SCAN = 10_000;
const MOST_PER_MESSAGE = 16;
/** One in work and one waiting, so that the thread never idles between two. */
const MESSAGES_AT_ONCE = 2;

/**
 * The searching threads. Every thread sees the rows of every part, which are shared memory; a graph is loaded by one
 * thread alone. A thread that crashed is started anew: rows are still there, its graphs are read again from their files,
 * and until that is done their segments are scanned.
 */
export class SearcherPool {
  private readonly threads: ThreadClient<Searcher>[];
  private readonly batchers: MicroBatcher<SearchRequest, SearchReply>[];
  private readonly parts = new Map<Part, { graphFile?: string }>();
  private keys = 0;
  private crashes = 0;
  private closed = false;

  constructor(
    private readonly layout: BlockLayout,
    private readonly onNote: (note: string) => void,
  ) {
    this.threads = Array.from({ length: layout.slots }, (_, slot) => this.startThread(slot));
    this.batchers = this.threads.map(
      (_, slot) =>
        new MicroBatcher({
          maxBatch: MOST_PER_MESSAGE,
          concurrency: MESSAGES_AT_ONCE,
          run: (requests) => this.ask(slot, (thread) => thread.call('searchMany', [requests])),
        }),
    );
  }

  get size(): number {
    return this.threads.length;
  }

  /** Never given before: parts that were let go stay attached while a search needs them, beside those that came after. */
  newKey(): number {
    return ++this.keys;
  }

  attach(part: Part): void {
    this.parts.set(part, {});
    for (const slot of this.threads.keys()) this.tell(slot, 'attach', [this.describe(part)]);
  }

  addBlock(part: Part, memory: WebAssembly.Memory): void {
    for (const slot of this.threads.keys()) this.tell(slot, 'addBlock', [part.key, memory]);
  }

  detach(part: Part): void {
    this.parts.delete(part);
    for (const slot of this.threads.keys()) this.tell(slot, 'detach', [part.key]);
  }

  /** Lets the thread with the fewest rows in graphs read one; searches use it when this returns. */
  async loadGraph(part: Part, file: string): Promise<void> {
    const slot = this.leastLoaded();
    await this.thread(slot).call('loadGraph', [part.key, graphOf(part, file), part.count]);
    this.parts.set(part, { graphFile: file });
    part.graphOwner = slot;
  }

  /** Number of the thread with the fewest rows in graphs. */
  leastLoaded(): number {
    const load = this.threads.map(() => 0);
    for (const part of this.parts.keys()) {
      if (part.graphOwner !== undefined) load[part.graphOwner] = (load[part.graphOwner] ?? 0) + part.count;
    }
    return load.indexOf(Math.min(...load));
  }

  /** Asks for a thread's share of a search. Short ones of concurrent callers share messages, long ones delay nobody. */
  search(slot: number, request: SearchRequest): Promise<SearchReply> {
    const scanned = request.scans.reduce((sum, { count }) => sum + count, 0);
    const batcher = this.batchers[slot];
    if (batcher && request.filter === null && scanned <= SHORT_SCAN) return batcher.submit(request);
    return this.ask(slot, (thread) => thread.call('search', [request]));
  }

  /** Calls a thread; once more when it crashes meanwhile, for its work changes nothing. */
  async ask<R>(slot: number, work: (thread: ThreadClient<Searcher>) => Promise<R>): Promise<R> {
    if (this.closed) throw new DomainError('shutting_down', 'the vector index is being closed');
    const thread = this.thread(slot);
    try {
      const answer = await work(thread);
      this.crashes = 0;
      return answer;
    } catch (error) {
      if (this.thread(slot) === thread || this.closed) throw error;
      return await work(this.thread(slot));
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.threads.map((thread) => endThread(thread)));
  }

  private startThread(slot: number): ThreadClient<Searcher> {
    return new ThreadClient<Searcher>(workerUrl(import.meta.url, './searcher-worker.js'), {
      name: `searcher-${slot}`,
      crashCode: 'index_unavailable',
      workerData: { dimension: this.layout.dimension, slots: this.layout.slots, slot },
      onCrash: (error) => this.restart(slot, error),
    });
  }

  private restart(slot: number, error: DomainError): void {
    this.onNote(`${error.message}; it is started anew`);
    if (this.closed || ++this.crashes > CRASHES_IN_A_ROW) return;
    this.threads[slot] = this.startThread(slot);
    for (const [part, { graphFile }] of this.parts) {
      this.tell(slot, 'attach', [this.describe(part)]);
      if (part.graphOwner !== slot || graphFile === undefined) continue;
      part.graphOwner = undefined;
      this.thread(slot)
        .call('loadGraph', [part.key, graphOf(part, graphFile), part.count])
        .then(() => (part.graphOwner = slot))
        .catch((cause: unknown) =>
          this.onNote(`${graphFile} could not be read again: ${DomainError.from(cause).message}`),
        );
    }
  }

  private describe(part: Part) {
    return { part: part.key, memories: part.rows.memories, sorted: part.sorted };
  }

  /** Sends without waiting: a thread takes messages in order, and a crash is dealt with in `restart`. */
  private tell<K extends 'attach' | 'addBlock' | 'detach'>(
    slot: number,
    method: K,
    args: Parameters<Searcher[K]>,
  ): void {
    (this.thread(slot).call as (method: K, args: unknown) => Promise<unknown>)
      .call(this.thread(slot), method, args)
      .catch((error: unknown) => {
        if (!this.closed) this.onNote(`a searching thread did not ${method}: ${DomainError.from(error).message}`);
      });
  }

  private thread(slot: number): ThreadClient<Searcher> {
    const thread = this.threads[slot];
    if (!thread) throw new RangeError(`there is no searching thread ${slot}`);
    return thread;
  }
}

const graphOf = (part: Part, file: string): GraphFile => ({ file, compact: part.header?.projection != null });
