import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { EmbeddingSpace, NewEmbedding } from '#libs/catalogue';
import type { EncoderView } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { ImageDecoder, type RgbPixels } from '#libs/imaging';
import { hasDirection } from '#libs/vector-index';
import { LoadedEncoders } from './loaded-encoders.js';
import { mustEncode } from './must-encode.js';

/** Pixels of an image as one encoder wants them. */
export interface Viewed {
  readonly view: EncoderView;
  readonly pixels: RgbPixels;
}

/** Computes an image's vectors at several spaces: every encoder runs once, whatever number of its taps are asked for. */
@Injectable()
export class EmbedImage {
  constructor(
    private readonly decoder: ImageDecoder,
    private readonly encoders: LoadedEncoders,
  ) {}

  /** Whether the encoder of the space is open. */
  canEmbed({ encoderId }: EmbeddingSpace): boolean {
    return this.encoders.has(encoderId);
  }

  /** @throws DomainError `encoder_failed` where an encoder of the spaces fails whatever it is given */
  async mustWork(spaces: readonly EmbeddingSpace[]): Promise<void> {
    for (const [encoderId, taps] of tapsByEncoder(spaces)) {
      const encoder = this.encoders.get(encoderId);
      try {
        await mustEncode(encoder, taps);
      } catch (error) {
        const { code, message } = DomainError.from(error);
        if (code !== 'encoder_failed') throw error;
        const detail = `The encoder ${encoder.info.name} fails for every picture: ${message}`;
        throw new DomainError('encoder_failed', detail, { cause: error });
      }
    }
  }

  /**
   * @param bytes of the original
   * @param viewed pixels that are there already; another view is decoded from the bytes
   * @throws DomainError `image_*`, `encoder_failed`, `index_unavailable`
   */
  async embed(bytes: Buffer, spaces: readonly EmbeddingSpace[], viewed?: Viewed): Promise<NewEmbedding[]> {
    const known = viewed ? [viewed] : [];
    const embeddings: NewEmbedding[] = [];
    for (const [encoderId, wanted] of tapsByEncoder(spaces)) {
      const encoder = this.encoders.get(encoderId);
      const { view } = encoder.info;
      let pixels = known.find((one) => sameView(one.view, view))?.pixels;
      if (!pixels) {
        pixels = await this.decoder.view(bytes, view);
        known.push({ view, pixels });
      }
      const vectors = await encoder.encode(pixels, wanted);
      for (const tap of wanted) {
        const vector = vectors[tap] as Float32Array;
        // No search can find such a vector, and no index takes it.
        if (!hasDirection(vector)) {
          const { name } = encoder.info;
          throw new DomainError('encoder_failed', `The encoder gives only zeros for this image at ${name}/${tap}.`);
        }
        embeddings.push({ encoderId, tap, vector });
      }
    }
    return embeddings;
  }
}

function tapsByEncoder(spaces: readonly EmbeddingSpace[]): Map<number, string[]> {
  const taps = new Map<number, string[]>();
  for (const { encoderId, tap } of spaces) taps.set(encoderId, [...(taps.get(encoderId) ?? []), tap]);
  return taps;
}

const sameView = (a: EncoderView, b: EncoderView): boolean => isDeepStrictEqual(a, b);
