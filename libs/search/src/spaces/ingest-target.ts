import { Injectable } from '@nestjs/common';
import { sameSpace, type EmbeddingSpace, type NewEmbedding } from '#libs/catalogue';
import type { EncoderView } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { ActiveEncoder } from '../service/active-encoder.js';
import { EmbedImage, type Viewed } from './embed-image.js';
import { KnownSpaces } from './known-spaces.js';

/** At which spaces an image that arrives now is embedded, and how. */
@Injectable()
export class IngestTarget {
  constructor(
    private readonly known: KnownSpaces,
    private readonly active: ActiveEncoder,
    private readonly embedImage: EmbedImage,
  ) {}

  /**
   * Every space the catalogue keeps. While an encoder is being opened, what arrives is embedded at its spaces later, with
   * all that was there before.
   */
  get spaces(): readonly EmbeddingSpace[] {
    return this.known.state.spaces.filter((space) => space.complete || this.embedImage.canEmbed(space));
  }

  /** Spaces without which an image that is there counts as not stored: the one in use, and those that are complete. */
  get mustHave(): readonly EmbeddingSpace[] {
    const { space } = this.active;
    return this.known.state.spaces.filter((one) => one.complete || sameSpace(one, space));
  }

  /** The view to decode together with the thumbnail: that of the encoder in use. */
  view(): EncoderView {
    return this.active.info.view;
  }

  embed(bytes: Buffer, spaces: readonly EmbeddingSpace[], viewed: Viewed): Promise<NewEmbedding[]> {
    return this.embedImage.embed(bytes, spaces, viewed);
  }

  /** @throws DomainError `encoder_invalid` where an encoder fails whatever it is given, of which no image is to blame */
  async mustWork(): Promise<void> {
    try {
      await this.embedImage.mustWork(this.spaces);
    } catch (error) {
      const problem = DomainError.from(error);
      if (problem.code !== 'encoder_failed') throw problem;
      throw new DomainError('encoder_invalid', problem.message, { cause: error });
    }
  }

  /** After the catalogue refused an image that lacks an embedding. */
  async refresh(): Promise<void> {
    await this.known.refresh();
  }
}
