import { Injectable } from '@nestjs/common';
import { ImageReader, ImageWriter } from '#libs/catalogue';
import { ActiveEncoder } from '../service/active-encoder.js';
import { EncodeOriginals } from './encode-originals.js';

const BATCH = 64;

/** Computes embeddings that catalogue images lack at the taps of a head, once, from their originals. */
@Injectable()
export class FillFeatures {
  constructor(
    private readonly reader: ImageReader,
    private readonly writer: ImageWriter,
    private readonly originals: EncodeOriginals,
    private readonly active: ActiveEncoder,
  ) {}

  /** @returns how many images cannot have them, because their original is gone or cannot be decoded any more */
  async fill(taps: readonly string[], onBatch: () => Promise<void>, signal: AbortSignal): Promise<number> {
    let lacking = 0;
    for (const tap of taps) {
      const space = { encoderId: this.active.space.encoderId, tap };
      for (let after = 0; !signal.aborted;) {
        const images = await this.reader.findWithoutEmbedding(space, after, BATCH);
        const last = images.at(-1);
        if (!last) break;
        after = last.id;
        const vectors = await Promise.all(
          images.map(({ id, sha256 }) => this.originals.ofExample({ imageId: id, sha256, own: false }, [tap])),
        );
        const found = images.flatMap(({ id }, at) => {
          const vector = vectors[at]?.[tap];
          return vector ? [[id, vector] as const] : [];
        });
        lacking += images.length - found.length;
        await this.writer.addEmbeddings(space, new Map(found));
        await onBatch();
      }
    }
    return lacking;
  }
}
