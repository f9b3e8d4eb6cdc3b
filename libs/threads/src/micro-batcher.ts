import { DomainError } from '#libs/errors';

export interface MicroBatcherOptions<I, O> {
  /** Most items in one run. */
  readonly maxBatch: number;
  /** How many slots there are to run batches in. */
  readonly concurrency: number;
  /**
   * Whether a slot that is busy is handed its next batch already, once that batch is full: waiting could not make it any
   * larger, and the slot goes on without a pause. Smaller batches wait for a free slot all the same. Not by default.
   */
  readonly ahead?: boolean;
  /**
   * Does the work of one batch; answers in the order of the items.
   *
   * @param slot 0 … concurrency − 1; has at most one run under way, with `ahead` two
   */
  run(items: readonly I[], slot: number): Promise<readonly O[]>;
}

interface Waiting<I, O> {
  readonly item: I;
  /** Set after a batch with this item failed. */
  readonly alone: boolean;
  resolve(answer: O): void;
  reject(error: unknown): void;
}

/**
 * Gathers items of concurrent callers into batches. An item that finds a free slot leaves within the same turn of the
 * event loop; nothing waits for company. While all slots are busy items queue, and the queue is the next batch: so
 * batches grow with load and with nothing else. First come, first served; several free slots share the queue evenly.
 *
 * When a batch of several fails, each of its items is run once more alone, ahead of the queue, so that a bad item
 * fails nobody but itself.
 */
export class MicroBatcher<I, O> {
  private readonly queue: Waiting<I, O>[] = [];
  /** The one that was handed a batch longest ago first. */
  private readonly slots: number[];
  /** Runs under way in each slot. */
  private readonly runs: number[];
  private scheduled = false;
  private closed = false;
  private onDrained: (() => void)[] = [];

  constructor(private readonly options: MicroBatcherOptions<I, O>) {
    this.slots = Array.from({ length: options.concurrency }, (_, slot) => slot);
    this.runs = this.slots.map(() => 0);
  }

  /** @throws DomainError `shutting_down` after `close`; else whatever `run` throws for this item */
  submit(item: I): Promise<O> {
    if (this.closed) return Promise.reject(new DomainError('shutting_down', 'it has been closed'));
    return new Promise((resolve, reject) => {
      this.queue.push({ item, alone: false, resolve, reject });
      this.schedule();
    });
  }

  /** Takes nothing new; resolves once everything handed in is answered. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.isIdle()) return;
    await new Promise<void>((resolve) => this.onDrained.push(resolve));
  }

  /** A microtask later, so that items handed in by one synchronous loop travel together. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.dispatch();
    });
  }

  private dispatch(): void {
    const { maxBatch } = this.options;
    while (this.queue.length > 0) {
      const free = this.slots.filter((slot) => this.runs[slot] === 0);
      const slot = free[0] ?? this.slotAhead();
      if (slot === undefined) return;
      const share = Math.ceil(this.queue.length / Math.max(1, free.length));
      void this.runBatch(this.takeBatch(Math.min(share, maxBatch)), slot);
    }
  }

  /** The busy slot that will probably be free first, if a full batch waits. */
  private slotAhead(): number | undefined {
    const { ahead = false, maxBatch } = this.options;
    if (!ahead || this.queue.length < maxBatch || this.queue[0]?.alone) return undefined;
    return this.slots.find((slot) => this.runs[slot] === 1);
  }

  /** Notes that a run begins (+1) or ends (−1). */
  private count(slot: number, change: 1 | -1): void {
    this.runs[slot] = (this.runs[slot] ?? 0) + change;
    if (change > 0) this.slots.push(...this.slots.splice(this.slots.indexOf(slot), 1));
  }

  private takeBatch(most: number): Waiting<I, O>[] {
    const firstAlone = this.queue.findIndex((waiting) => waiting.alone);
    if (firstAlone === 0) return this.queue.splice(0, 1);
    return this.queue.splice(0, firstAlone > 0 ? Math.min(most, firstAlone) : most);
  }

  private async runBatch(batch: readonly Waiting<I, O>[], slot: number): Promise<void> {
    this.count(slot, 1);
    try {
      const answers = await this.options.run(
        batch.map(({ item }) => item),
        slot,
      );
      if (answers.length !== batch.length) {
        throw new DomainError('internal', `a batch of ${batch.length} was answered with ${answers.length} results`);
      }
      batch.forEach((waiting, position) => waiting.resolve(answers[position] as O));
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else this.queue.unshift(...batch.map((waiting) => ({ ...waiting, alone: true })));
    }
    this.count(slot, -1);
    this.dispatch();
    if (this.isIdle()) for (const resolve of this.onDrained.splice(0)) resolve();
  }

  private isIdle(): boolean {
    return this.queue.length === 0 && this.runs.every((runs) => runs === 0);
  }
}
