import { Injectable } from '@nestjs/common';
import { ImageFetcher } from '#libs/fetching';
import { ImageDecoder, type ImageRegion } from '#libs/imaging';
import { ImageFiles } from '../library/image-files.js';
import type { LiveSpace } from '../spaces/live-space.js';
import type { ExampleSource } from './query.js';
import type { Stopwatch } from './stopwatch.js';

/** Turns a query image into a vector, by the same decoder and encoder as stored images. */
@Injectable()
export class EmbedQuery {
  constructor(
    private readonly fetcher: ImageFetcher,
    private readonly files: ImageFiles,
    private readonly decoder: ImageDecoder,
  ) {}

  /**
   * The bytes of an example's picture.
   *
   * @throws DomainError `image_not_found`, `original_missing`, `url_*`
   */
  async bytesOf(source: Exclude<ExampleSource, { kind: 'vector' }>, watch: Stopwatch): Promise<Buffer> {
    switch (source.kind) {
      case 'upload':
        return source.bytes;
      case 'url':
        return (await watch.measure('fetch', () => this.fetcher.fetch(source.url))).bytes;
      case 'id':
        return (await watch.measure('original', () => this.files.original(source.id))).data;
    }
  }

  /** @param region the part of the image that counts; the whole of it where none is given */
  async ofImage(
    bytes: Buffer,
    { encoder, tap }: LiveSpace,
    watch: Stopwatch,
    region?: ImageRegion,
  ): Promise<Float32Array> {
    const pixels = await watch.measure('decode', () => this.decoder.view(bytes, encoder.info.view, region));
    const vectors = await watch.measure('encode', () => encoder.encode(pixels, [tap]));
    return vectors[tap] as Float32Array;
  }
}
