import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds without an arrival that make a lull, and after which the wait for one is over, as things may never cease to come. */
const PATIENCE = { quiet: 500, most: 10_000 };

/** Lets work that can wait go on when nothing arrives, and now and then while something always does. */
export class Lull {
  private seen = -1;

  /** @param arrived a count that changes with every arrival */
  constructor(
    private readonly arrived: () => number,
    private readonly patience = PATIENCE,
  ) {}

  /** Resolves at once where nothing has come since the last wait, and when `signal` is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const latest = performance.now() + this.patience.most;
    while (this.arrived() !== this.seen && performance.now() < latest && !signal.aborted) {
      this.seen = this.arrived();
      await sleep(this.patience.quiet, undefined, { signal }).catch(() => undefined);
    }
  }
}
