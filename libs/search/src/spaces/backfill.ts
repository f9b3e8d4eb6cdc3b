import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddingSpaces, type SpaceRecord } from '#libs/catalogue';
import { BackfillEncoder } from './backfill-encoder.js';
import { KnownSpaces } from './known-spaces.js';
import { LoadedEncoders } from './loaded-encoders.js';

const LOOK_MS = 500;
const RETRY_MS = 5_000;

/**
 * Sees to it that spaces that are not complete become so, one encoder after the other, whichever process does it. It
 * looks at what there is to do whenever the spaces have changed, and goes on after any stop.
 */
@Injectable()
export class Backfill {
  private readonly logger = new Logger('backfill');
  private readonly stopping = new AbortController();
  private work?: Promise<void>;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly known: KnownSpaces,
    private readonly spaces: EmbeddingSpaces,
    private readonly encoders: LoadedEncoders,
    private readonly step: BackfillEncoder,
  ) {}

  /** Whether images are being embedded, or another process is being waited for that does it. */
  get running(): boolean {
    return this.work !== undefined;
  }

  start(): void {
    // Looks again although nothing was told: the encoder of a space is loaded a while after the space is known.
    this.timer ??= setInterval(() => this.wake(), LOOK_MS).unref();
    this.look();
  }

  /** Looks whether spaces that count as complete are, and embeds what is missing. */
  look(): void {
    this.work ??= this.recheck().finally(() => {
      this.work = undefined;
      this.wake();
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await this.work;
  }

  /** Spaces stay complete by themselves; what somebody took out of the database by hand is found here. */
  private async recheck(): Promise<void> {
    try {
      const complete = this.known.state.spaces.filter((space) => space.complete);
      for (const space of complete) await this.spaces.reopenIfLacking(space);
      await this.known.refresh();
    } catch (error) {
      this.logger.warn(`spaces were not looked through: ${String(error)}`);
    }
  }

  private wake(): void {
    if (this.work || this.stopping.signal.aborted || this.incomplete().length === 0) return;
    this.work = this.run().finally(() => {
      this.work = undefined;
      this.wake();
    });
  }

  private async run(): Promise<void> {
    for (let open = this.incomplete(); open.length > 0 && !this.stopping.signal.aborted; open = this.incomplete()) {
      try {
        const done = await this.fill(open);
        await this.known.refresh();
        if (!done) await this.pause();
      } catch (error) {
        this.logger.warn(`trying again in ${RETRY_MS / 1000} s: ${String(error)}`);
        await this.pause();
      }
    }
  }

  /** @returns whether anything could be done; false when others are at it */
  private async fill(open: readonly SpaceRecord[]): Promise<boolean> {
    let any = false;
    for (const encoderId of new Set(open.map((space) => space.encoderId))) {
      const spaces = open.filter((space) => space.encoderId === encoderId);
      const name = `${spaces[0]?.encoder}/${spaces.map((space) => space.tap).join('+')}`;
      const embedded = await this.spaces.alone(encoderId, () => this.step.run(spaces, this.stopping.signal));
      if (embedded !== null) any = true;
      if (embedded) this.logger.log(`embedded ${embedded} images at ${name}`);
    }
    return any;
  }

  private incomplete(): SpaceRecord[] {
    return this.known.state.spaces.filter((space) => !space.complete && this.encoders.has(space.encoderId));
  }

  private async pause(): Promise<void> {
    await sleep(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
