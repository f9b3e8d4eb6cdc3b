import { Injectable } from '@nestjs/common';
import { ImageDecoder, type ImageRegion } from '#libs/imaging';
import { ActiveEncoder } from '../service/active-encoder.js';
import type { Stopwatch } from './stopwatch.js';

/** Turns a query image into a vector, by the same decoder and encoder as stored images. */
@Injectable()
export class EmbedQuery {
  constructor(
    private readonly decoder: ImageDecoder,
    private readonly active: ActiveEncoder,
  ) {}

  /** @param region the part of the image that counts; the whole of it where none is given */
  async ofImage(bytes: Buffer, watch: Stopwatch, region?: ImageRegion): Promise<Float32Array> {
    const { encoder, tap } = this.active;
    const pixels = await watch.measure('decode', () => this.decoder.view(bytes, encoder.info.view, region));
    const vectors = await watch.measure('encode', () => encoder.encode(pixels, [tap]));
    return vectors[tap] as Float32Array;
  }
}
