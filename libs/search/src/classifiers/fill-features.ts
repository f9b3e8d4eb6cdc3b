import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadVersions, type HeadVersionRecord } from '#libs/catalogue';
import { RetryGaps } from '../spaces/retry-gaps.js';
import { StoredTaps, type TapUser } from '../spaces/stored-taps.js';

const LOOK_MS = 500;

const userOf = (versionId: number): TapUser => `head:${versionId}`;

/** Sees to it that every image is embedded at the taps of heads that score the catalogue, and at no others. */
@Injectable()
export class FillFeatures {
  constructor(
    private readonly taps: StoredTaps,
    private readonly gaps: RetryGaps,
    private readonly versions: HeadVersions,
  ) {}

  /**
   * Resolves once every image that can be has features for the version, and those that could not be were tried again;
   * images that arrive from now on are embedded at its taps too.
   *
   * @param whileWaiting called about twice a second; what it throws ends the waiting
   * @returns how many images cannot have features, because their original is gone, or cannot be decoded or encoded
   */
  async fill(version: HeadVersionRecord, whileWaiting: () => Promise<void>, signal: AbortSignal): Promise<number> {
    await this.taps.require(userOf(version.id), version.taps);
    const giveUp = new AbortController();
    const complete = this.complete(version.taps, AbortSignal.any([signal, giveUp.signal])).then(() => true as const);
    complete.catch(() => undefined); // awaited below, unless `whileWaiting` throws first
    try {
      while (!(await Promise.race([complete, sleep(LOOK_MS, false as const)]))) await whileWaiting();
    } finally {
      giveUp.abort();
    }
    const progress = await Promise.all(version.taps.map((tap) => this.taps.progress(tap)));
    return Math.max(0, ...progress.map(({ unusable }) => unusable));
  }

  /** What could not be embedded is tried last: an original that is away now may be back by then. */
  private async complete(taps: readonly string[], signal: AbortSignal): Promise<void> {
    const spaces = taps.map((tap) => this.taps.spaceOf(tap));
    await this.taps.whenComplete(taps, signal);
    await this.gaps.run(spaces, signal);
  }

  /** Lets go of the taps of versions that score nothing any more. @param removed also of these, live or not */
  async letGo(classifierId: number, removed: readonly number[] = []): Promise<void> {
    const live = new Set((await this.versions.live()).map(({ versionId }) => versionId));
    const idle = (await this.versions.list(classifierId)).map(({ id }) => id).filter((id) => !live.has(id));
    for (const id of new Set([...idle, ...removed])) await this.taps.release(userOf(id));
  }
}
