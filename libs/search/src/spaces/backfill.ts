import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddingSpaces, type SpaceRecord } from '#libs/catalogue';
import { BackfillEncoder } from './backfill-encoder.js';
import { KnownSpaces } from './known-spaces.js';
import { LoadedEncoders } from './loaded-encoders.js';
import { RetryGaps } from './retry-gaps.js';

const LOOK_MS = 500;
const RETRY_MS = 5_000;
/** How often what could not be embedded is tried again. */
const GAPS_MS = 600_000;

/**
 * Sees to it that spaces that are not complete become so, one encoder after the other, whichever process does it. It
 * looks at what there is to do whenever the spaces have changed, and goes on after any stop.
 */
@Injectable()
export class Backfill {
  private readonly logger = new Logger('backfill');
  private readonly stopping = new AbortController();
  private work?: Promise<void>;
  private timers: readonly NodeJS.Timeout[] = [];
  /** What `look` was asked for and is still to be done. */
  private asked?: { thorough: boolean };

  constructor(
    private readonly known: KnownSpaces,
    private readonly spaces: EmbeddingSpaces,
    private readonly encoders: LoadedEncoders,
    private readonly step: BackfillEncoder,
    private readonly gaps: RetryGaps,
  ) {}

  /** Whether images are being embedded, or another process is being waited for that does it. */
  get running(): boolean {
    return this.work !== undefined;
  }

  start(): void {
    this.timers = [
      // Looks again although nothing was told: the encoder of a space is loaded a while after the space is known.
      setInterval(() => this.wake(), LOOK_MS).unref(),
      setInterval(() => this.look(), GAPS_MS).unref(),
    ];
    this.look();
  }

  /**
   * Looks whether spaces that count as complete are, embeds what is missing, and tries again what could not be embedded.
   *
   * @param thorough tries all of that, not only for as long as it helps
   */
  look(thorough = false): void {
    this.asked = { thorough: thorough || (this.asked?.thorough ?? false) };
    this.wake();
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.stopping.abort();
    await this.work;
  }

  /** Spaces stay complete by themselves; what somebody took out of the database by hand is found here. */
  private async recheck(thorough: boolean): Promise<void> {
    try {
      const complete = this.known.state.spaces.filter((space) => space.complete);
      for (const space of complete) await this.spaces.reopenIfLacking(space);
      await this.known.refresh();
      await this.retryGaps(thorough);
    } catch (error) {
      this.logger.warn(`spaces were not looked through: ${String(error)}`);
    }
  }

  /** Also at spaces that are not complete: what was noted there is not tried again by filling them. */
  private async retryGaps(thorough: boolean): Promise<void> {
    for (const { encoderId, spaces, name } of this.byEncoder(this.known.state.spaces)) {
      const embedded = await this.spaces.alone(encoderId, () => this.gaps.run(spaces, this.stopping.signal, thorough));
      if (embedded) this.logger.log(`embedded ${embedded} images at ${name} that could not be embedded before`);
    }
  }

  private wake(): void {
    if (this.work || this.stopping.signal.aborted) return;
    if (!this.asked && this.incomplete().length === 0) return;
    this.work = this.run().finally(() => {
      this.work = undefined;
      this.wake();
    });
  }

  private async run(): Promise<void> {
    const { asked } = this;
    this.asked = undefined;
    if (asked) await this.recheck(asked.thorough);
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
    for (const { encoderId, spaces, name } of this.byEncoder(open)) {
      const embedded = await this.spaces.alone(encoderId, () => this.step.run(spaces, this.stopping.signal));
      if (embedded !== null) any = true;
      if (embedded) this.logger.log(`embedded ${embedded} images at ${name}`);
    }
    return any;
  }

  private incomplete(): SpaceRecord[] {
    return this.known.state.spaces.filter((space) => !space.complete && this.encoders.has(space.encoderId));
  }

  /** Those of encoders that are open. */
  private byEncoder(all: readonly SpaceRecord[]): { encoderId: number; spaces: SpaceRecord[]; name: string }[] {
    const encoderIds = [...new Set(all.map((space) => space.encoderId))].filter((id) => this.encoders.has(id));
    return encoderIds.map((encoderId) => {
      const spaces = all.filter((space) => space.encoderId === encoderId);
      return { encoderId, spaces, name: `${spaces[0]?.encoder}/${spaces.map((space) => space.tap).join('+')}` };
    });
  }

  private async pause(): Promise<void> {
    await sleep(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
