import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { availableParallelism } from 'node:os';
import { BlobStore, ThumbnailStore, type KnownImage, type NewImage } from '#libs/catalogue';
import { ImageDecoder } from '#libs/imaging';
import { Metrics, timed } from '../service/metrics.js';
import { IngestTarget } from '../spaces/ingest-target.js';

/** Enough images in flight to keep every core decoding while a batch is encoded and originals are synced. */
const IN_FLIGHT = 8 + 4 * availableParallelism();
/**
 * Of those, being decoded: enough to keep libuv's pool busy. What ends at once is handled at once, and all else waits on the
 * main thread meanwhile: without this limit searches beside an import were held up longer, and nothing was imported faster.
 */
const DECODING = 1 + 4 * availableParallelism();

/** Bytes on their way in, with their hash. */
export interface Incoming {
  readonly sha256: string;
  readonly bytes: Buffer;
  /** Set when the original stays where it is. */
  readonly referencePath: string | null;
}

/** Turns bytes into what the catalogue stores: decoded once, embedded, original and thumbnail on disk. */
@Injectable()
export class PrepareImage {
  private readonly limit = pLimit(IN_FLIGHT);
  private readonly decoding = pLimit(DECODING);

  constructor(
    private readonly decoder: ImageDecoder,
    private readonly target: IngestTarget,
    private readonly blobs: BlobStore,
    private readonly thumbnails: ThumbnailStore,
    private readonly metrics: Metrics,
  ) {}

  /** @throws DomainError `image_*` for what cannot be used; others when the service itself is in trouble */
  prepare(incoming: Incoming): Promise<NewImage> {
    return this.limit(async () => {
      const { spaces } = this.target;
      const view = this.target.view();
      const decoded = await this.decoding(() =>
        timed(this.metrics, 'decode', () => this.decoder.prepare(incoming.bytes, view)),
      );
      const [embeddings] = await Promise.all([
        timed(this.metrics, 'encode', () =>
          this.target.embed(incoming.bytes, spaces, { view, pixels: decoded.pixels }),
        ),
        timed(this.metrics, 'original', () => this.keepOriginal(incoming)),
        this.thumbnails.put(incoming.sha256, decoded.thumbnail.data),
      ]);
      const { format, width, height, bytes } = decoded.facts;
      return {
        sha256: incoming.sha256,
        format,
        width,
        height,
        bytes,
        perceptualHash: decoded.perceptualHash,
        referencePath: incoming.referencePath,
        embeddings,
      };
    });
  }

  /** For content that is in the catalogue already: nothing to decode, but its original may have been a reference so far. */
  async known(incoming: Incoming): Promise<KnownImage> {
    if (incoming.referencePath === null) await this.blobs.ensure(incoming.sha256, incoming.bytes);
    return { sha256: incoming.sha256, referencePath: incoming.referencePath };
  }

  private async keepOriginal(incoming: Incoming): Promise<void> {
    if (incoming.referencePath === null) await this.blobs.put(incoming.sha256, incoming.bytes);
  }
}

/** Hex SHA-256, computed off the event loop. */
export async function contentHash(bytes: Buffer): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
}
