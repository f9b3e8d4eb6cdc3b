import { Logger } from '@nestjs/common';
import type { LiveSpace } from './live-space.js';

/** What took a space without telling may still end. */
const GRACE_MS = 5_000;

interface Closing {
  readonly live: LiveSpace;
  readonly close: () => Promise<void>;
  timer?: NodeJS.Timeout;
  running?: Promise<void>;
}

/** Spaces that are given up. Each is closed a moment later, once, and only after what still uses it. */
export class ClosingSpaces {
  private readonly logger = new Logger('spaces');
  private readonly uses = new Map<LiveSpace, Set<Promise<unknown>>>();
  private readonly closing = new Map<string, Closing>();
  private stopWaiting = (): void => undefined;
  private readonly stopped = new Promise<void>((resolve) => (this.stopWaiting = resolve));

  constructor(private readonly graceMs = GRACE_MS) {}

  /** Does work with a space, which is not closed before that has ended. */
  whileUsed<T>(live: LiveSpace, work: () => Promise<T>): Promise<T> {
    const uses = this.uses.get(live) ?? new Set();
    this.uses.set(live, uses);
    const use = work().finally(() => {
      uses.delete(use);
      if (uses.size === 0) this.uses.delete(live);
    });
    uses.add(use);
    return use;
  }

  /** @param close is called again after a while where it fails */
  closeLater(key: string, live: LiveSpace, close: () => Promise<void>): void {
    const one: Closing = { live, close };
    this.closing.set(key, one);
    this.wait(key, one);
  }

  /** The spaces that are not closed yet. */
  all(): LiveSpace[] {
    return [...this.closing.values()].map(({ live }) => live);
  }

  /** Closes a space without the wait, where it is one of them, and resolves once it is closed. */
  async closeNow(key: string): Promise<void> {
    const one = this.closing.get(key);
    if (one) await this.run(key, one);
  }

  /** From now on spaces are closed whatever uses them. */
  waitForNothing(): void {
    this.stopWaiting();
  }

  async closeAll(): Promise<void> {
    this.waitForNothing();
    for (const [key, one] of this.closing) {
      await this.run(key, one).catch((error: unknown) => this.tell(one, error));
      clearTimeout(one.timer);
    }
  }

  private wait(key: string, one: Closing): void {
    one.timer = setTimeout(() => {
      this.run(key, one).catch((error: unknown) => this.tell(one, error));
    }, this.graceMs).unref();
  }

  /** Who asks while it is being closed waits for the same end. */
  private run(key: string, one: Closing): Promise<void> {
    clearTimeout(one.timer);
    one.running ??= this.close(key, one).catch((error: unknown) => {
      one.running = undefined;
      this.wait(key, one);
      throw error;
    });
    return one.running;
  }

  private async close(key: string, one: Closing): Promise<void> {
    await Promise.race([this.unused(one.live), this.stopped]);
    await one.close();
    this.closing.delete(key);
  }

  private async unused(live: LiveSpace): Promise<void> {
    for (let uses = this.uses.get(live); uses; uses = this.uses.get(live)) await Promise.allSettled(uses);
  }

  private tell({ live: { encoder, tap } }: Closing, error: unknown): void {
    this.logger.warn(`${encoder.info.name}/${tap} was not closed: ${String(error)}`);
  }
}
