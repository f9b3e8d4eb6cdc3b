/** The jobs that this process has in hand, by the number of their row: each once, and none after a stop. */
export class InHand {
  private readonly stopping = new AbortController();
  private readonly running = new Map<number, Promise<void>>();

  /** Aborted once it is to stop. */
  readonly signal = this.stopping.signal;

  /** Whether nothing is in hand. */
  get idle(): boolean {
    return this.running.size === 0;
  }

  /** Does nothing where the job is in hand already. @throws what `work` throws */
  async run(id: number, work: (id: number) => Promise<void>): Promise<void> {
    if (this.signal.aborted || this.running.has(id)) return;
    const begun = work(id).finally(() => this.running.delete(id));
    this.running.set(
      id,
      begun.catch(() => undefined),
    );
    await begun;
  }

  /** Aborts the signal and waits for what is in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running.values());
  }
}
