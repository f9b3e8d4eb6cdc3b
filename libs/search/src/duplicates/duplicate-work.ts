import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { NearPairs } from '#libs/catalogue';
import { Settings } from '#libs/config';
import { LiveSpaces } from '../spaces/live-spaces.js';
import { FindNearPairs } from './find-near-pairs.js';
import { Lull } from './lull.js';

/** Images compared and kept at a time. */
const CHUNK = 64;
const LOOK_MS = 1_000;
const RETRY_MS = 5_000;

/**
 * Compares new images with the others, in the background and in one process at a time; all of them once another encoder
 * or tap is in use. What waits is in the catalogue, so it goes on after any stop.
 */
@Injectable()
export class DuplicateWork {
  private readonly logger = new Logger('duplicates');
  private readonly stopping = new AbortController();
  private work?: Promise<void>;
  private timer?: NodeJS.Timeout;
  /** Storing images goes first. */
  private readonly lull = new Lull(() => this.spaces.active.index.stats().live);

  constructor(
    private readonly pairs: NearPairs,
    private readonly finder: FindNearPairs,
    private readonly spaces: LiveSpaces,
    private readonly settings: Settings,
  ) {}

  start(): void {
    if (!this.settings.imports.runJobs) return;
    this.timer = setInterval(() => this.wake(), LOOK_MS).unref();
    this.wake();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await this.work;
  }

  private wake(): void {
    if (this.stopping.signal.aborted) return;
    this.work ??= this.run().finally(() => (this.work = undefined));
  }

  private async run(): Promise<void> {
    try {
      if (!(await this.pairs.useSpace(this.spaces.active.space)) || !this.complete) return;
      if ((await this.pairs.unchecked(1)).length === 0) return;
      const found = await this.pairs.alone(() => this.compareAll());
      if (found?.images) this.logger.log(`compared ${found.images} images: ${found.pairs} pairs look alike`);
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      this.logger.warn(`comparing images: trying again in ${RETRY_MS / 1000} s: ${String(error)}`);
      await this.rest(RETRY_MS);
    }
  }

  private async compareAll(): Promise<{ images: number; pairs: number }> {
    const done = { images: 0, pairs: 0 };
    while (!this.stopping.signal.aborted) {
      await this.lull.wait(this.stopping.signal);
      const images = await this.pairs.unchecked(CHUNK);
      if (images.length === 0 || this.stopping.signal.aborted || !this.complete) break;
      const checked = await this.finder.find(images);
      // Else the space in use has changed meanwhile: all of them wait again.
      if (!(await this.pairs.keep(checked))) break;
      done.images += images.length;
      done.pairs += checked.pairs.length;
    }
    return done;
  }

  /**
   * Whether every image has its vector, or cannot have one. Until then nothing is compared: an image without one would
   * find nobody, be found by nobody, and wait no more.
   */
  private get complete(): boolean {
    return this.spaces.isComplete(this.spaces.active);
  }

  private async rest(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
