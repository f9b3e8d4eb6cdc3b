import { Injectable } from '@nestjs/common';
import type { ArrivalOutcome, ImageSource, Metadata } from '#libs/catalogue';
import { DomainError, type SerialisedError } from '#libs/errors';
import { IndexFollower } from '../index/index-follower.js';
import { ImageLibrary, type ImageView } from '../library/image-library.js';
import { Metrics, timed } from '../service/metrics.js';
import { StoreImages, type CandidateResult } from './store-images.js';

export interface IngestItem {
  /** File name, for the report and as the source's key. */
  readonly name: string;
  readonly bytes: Buffer;
  readonly metadata?: Metadata;
  /** Posting the same external id again replaces. */
  readonly externalId?: string;
}

export type IngestOutcome =
  | { readonly name: string; readonly status: ArrivalOutcome; readonly image: ImageView }
  | { readonly name: string; readonly status: 'failed'; readonly error: SerialisedError };

/** Use case: images posted by somebody. */
@Injectable()
export class IngestImages {
  constructor(
    private readonly storeImages: StoreImages,
    private readonly library: ImageLibrary,
    private readonly follower: IndexFollower,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Stores images; each is reported in order, by itself. Resolves once what was stored is committed.
   *
   * @param options.wait `searchable`: resolves when searches find them, or when the index lags too far behind for that
   * @throws DomainError when the service itself is in trouble; then none of these was stored, unless the trouble began after the commit
   */
  async ingest(
    items: readonly IngestItem[],
    options: { collection?: string; wait?: 'stored' | 'searchable' } = {},
  ): Promise<IngestOutcome[]> {
    const results = await timed(this.metrics, 'store', () =>
      this.storeImages.store(
        items.map((item) => ({
          bytes: item.bytes,
          source: sourceOf(item),
          metadata: item.metadata,
          collection: options.collection,
          referencePath: null,
        })),
      ),
    );
    const sequence = Math.max(0, ...results.map((result) => (result.status === 'stored' ? result.stored.sequence : 0)));
    if (options.wait === 'searchable') await this.reached(sequence);
    return Promise.all(items.map((item, at) => this.report(item, results[at])));
  }

  /** An index that lags behind takes nothing away from what is stored: each image tells whether searches find it. */
  private async reached(sequence: number): Promise<void> {
    await this.follower.reached(sequence).catch((error: unknown) => {
      if (DomainError.from(error).code !== 'timed_out') throw error;
    });
  }

  /** @returns null where the image is gone; other trouble says nothing of it, and is thrown */
  private async viewOf(id: number): Promise<ImageView | null> {
    return this.library.get(id).catch((error: unknown) => {
      if (DomainError.from(error).code === 'image_not_found') return null;
      throw error;
    });
  }

  private async report(item: IngestItem, result: CandidateResult | undefined): Promise<IngestOutcome> {
    if (result?.status === 'stored') {
      this.metrics.countIngest(result.stored.outcome);
      const image = await this.viewOf(result.stored.id);
      if (image) return { name: item.name, status: result.stored.outcome, image };
    }
    const error =
      result?.status === 'failed'
        ? result.error
        : new DomainError('image_not_found', 'The image was deleted again at once.');
    this.metrics.countIngest('failed');
    return { name: item.name, status: 'failed', error: error.serialise() };
  }
}

function sourceOf(item: IngestItem): ImageSource {
  return item.externalId === undefined
    ? { kind: 'upload', key: item.name }
    : { kind: 'external', key: item.externalId };
}
