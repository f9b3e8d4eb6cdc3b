import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddingSpaces, type EmbeddingSpace, type SpaceProgress } from '#libs/catalogue';
import { findTap } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { ActiveEncoder } from '../service/active-encoder.js';
import { KnownSpaces } from './known-spaces.js';

const LOOK_MS = 500;

/** Who needs vectors: a head that is in use, by its number or name. */
export type TapUser = `head:${string}`;

export interface TapProgress extends SpaceProgress {
  /** Whether every image has a vector, but the `unusable` ones; true for ever once it is. */
  readonly complete: boolean;
}

/**
 * Taps at which every image is embedded with the encoder in use, besides the one that is searched. They are noted in the
 * catalogue: every process stores them from then on, and images that were there before are embedded in the background.
 */
@Injectable()
export class StoredTaps {
  constructor(
    private readonly spaces: EmbeddingSpaces,
    private readonly known: KnownSpaces,
    private readonly active: ActiveEncoder,
  ) {}

  /** Taps of the encoder in use at which images are embedded, whether complete or not. */
  list(): string[] {
    return this.known.state.spaces
      .filter((space) => space.encoderId === this.active.space.encoderId)
      .map((space) => space.tap);
  }

  /**
   * Makes `taps` exactly those that the user needs. Idempotent.
   *
   * @throws DomainError `tap_not_found` naming those the encoder has
   */
  async require(user: TapUser, taps: readonly string[]): Promise<void> {
    const { info, space } = this.active;
    const wanted = taps.map((tap) => {
      const found = findTap(info, tap);
      if (found) return { encoderId: space.encoderId, tap, dimension: found.dimension };
      const names = info.taps.map((one) => one.name).join(', ');
      throw new DomainError('tap_not_found', `The encoder ${info.name} has no tap "${tap}". It has: ${names}.`);
    });
    await this.spaces.want(user, wanted);
    await this.known.refresh();
  }

  /** For a user that needs no vectors any more. */
  async release(user: TapUser): Promise<void> {
    await this.spaces.want(user, []);
    await this.known.refresh();
  }

  /** @throws DomainError `tap_not_found` when nobody requires it */
  spaceOf(tap: string): EmbeddingSpace {
    if (this.list().includes(tap)) return { encoderId: this.active.space.encoderId, tap };
    throw new DomainError('tap_not_found', `Images are not embedded at "${tap}", but at: ${this.list().join(', ')}.`);
  }

  /** @throws DomainError `tap_not_found` when nobody requires it */
  async progress(tap: string): Promise<TapProgress> {
    const space = this.spaceOf(tap);
    const state = await this.known.refresh();
    const complete = state.spaces.some((one) => one.encoderId === space.encoderId && one.tap === tap && one.complete);
    return { ...(await this.spaces.progress(space)), complete };
  }

  /** Resolves once all of the taps are complete. @throws the signal's reason when it aborts first */
  async whenComplete(taps: readonly string[], signal?: AbortSignal): Promise<void> {
    const spaces = taps.map((tap) => this.spaceOf(tap));
    const open = () =>
      spaces.some(
        (space) =>
          !this.known.state.spaces.some(
            (one) => one.encoderId === space.encoderId && one.tap === space.tap && one.complete,
          ),
      );
    while (open()) {
      signal?.throwIfAborted();
      await sleep(LOOK_MS, undefined, { signal });
    }
  }
}
