import { Injectable } from '@nestjs/common';
import { EmbeddingSpaces, ImageReader, type EmbeddingSpace } from '#libs/catalogue';
import { ScoreArrivals } from '../classifiers/score-arrivals.js';
import { BackfillEncoder } from './backfill-encoder.js';

const BATCH = 32;

/** Tries again what could not be embedded: a share that was away may be back, a file may have been restored. */
@Injectable()
export class RetryGaps {
  /** The last image that was tried at a space; 0 where all were. */
  private readonly reached = new Map<string, number>();

  constructor(
    private readonly spaces: EmbeddingSpaces,
    private readonly reader: ImageReader,
    private readonly encoder: BackfillEncoder,
    private readonly arrivals: ScoreArrivals,
  ) {}

  /**
   * Goes on for as long as it helps, and ends with a batch of which nothing can be embedded: what stays away costs no more
   * than that, however much it is. The next call goes on behind it.
   *
   * @param spaces of one encoder, which is open
   * @param thorough tries every image once
   * @returns how many images were embedded
   * @throws DomainError when the service itself is in trouble; what was embedded until then is kept
   */
  async run(spaces: readonly EmbeddingSpace[], signal: AbortSignal, thorough = false): Promise<number> {
    let embedded = 0;
    try {
      for (const space of spaces) {
        const key = `${space.encoderId} ${space.tap}`;
        let after = thorough ? 0 : (this.reached.get(key) ?? 0);
        for (let more = true; more && !signal.aborted;) {
          const gaps = await this.spaces.gaps(space, after, BATCH);
          const images = await this.reader.findByIds(gaps.map(({ imageId }) => imageId));
          const { ids } = await this.encoder.embedAll(images, spaces);
          embedded += ids.length;
          const last = gaps.length < BATCH ? undefined : gaps.at(-1);
          after = last?.imageId ?? 0;
          this.reached.set(key, after);
          more = thorough ? last !== undefined : ids.length > 0;
        }
      }
    } finally {
      // Who follows the change log scores only what arrives at the space in use, and heads may be of other taps.
      if (embedded > 0) this.arrivals.sweepAgain();
    }
    return embedded;
  }
}
