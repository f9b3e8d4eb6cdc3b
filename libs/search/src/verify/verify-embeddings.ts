import { Injectable } from '@nestjs/common';
import { EmbeddingSpaces } from '#libs/catalogue';
import { Backfill } from '../spaces/backfill.js';
import type { LiveSpace } from '../spaces/live-space.js';
import { check, SHOWN, type Check } from './check.js';

/** Whether every image is embedded at a space: what will be, apart from what cannot be as long as nobody does something. */
@Injectable()
export class VerifyEmbeddings {
  constructor(
    private readonly spaces: EmbeddingSpaces,
    private readonly backfill: Backfill,
  ) {}

  async check({ space, encoder, tap }: LiveSpace): Promise<Check[]> {
    const { images, embedded, unusable } = await this.spaces.progress(space);
    const left = images - embedded - unusable;
    const gaps = unusable > 0 ? await this.spaces.gaps(space, 0, SHOWN) : [];
    return [
      check('backfill', images, left > 0 ? [`${left} images have no embedding at ${encoder.info.name}/${tap}`] : []),
      check(
        'embeddable',
        images,
        gaps.map(({ imageId, error }) => `image ${imageId}: ${error.detail}`),
        unusable,
      ),
    ];
  }

  /** Embeds what is missing, and tries again what could not be embedded, in the background. */
  mend(): void {
    this.backfill.look(true);
  }
}
