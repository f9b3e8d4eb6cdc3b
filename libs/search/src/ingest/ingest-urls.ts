import { Injectable } from '@nestjs/common';
import { DomainError } from '#libs/errors';
import { ImageFetcher } from '#libs/fetching';
import { IngestImages, type IngestItem, type IngestOutcome } from './ingest-images.js';

export interface UrlItem extends Omit<IngestItem, 'name' | 'bytes'> {
  readonly url: string;
}

/** Fetched and stored together: little enough to hold in memory. */
const GROUP = 8;

/** Use case: images posted by URL. */
@Injectable()
export class IngestUrls {
  constructor(
    private readonly fetcher: ImageFetcher,
    private readonly images: IngestImages,
  ) {}

  /**
   * Fetches and stores images; each is reported in order, by itself, under its URL. Where no external id is given the URL
   * is it, so that the same URL again replaces the image.
   *
   * @throws DomainError as `IngestImages.ingest`
   */
  async ingest(
    items: readonly UrlItem[],
    options: { collection?: string; wait?: 'stored' | 'searchable' } = {},
  ): Promise<IngestOutcome[]> {
    const outcomes: IngestOutcome[] = [];
    for (let first = 0; first < items.length; first += GROUP) {
      outcomes.push(...(await this.group(items.slice(first, first + GROUP), options)));
    }
    return outcomes;
  }

  private async group(
    items: readonly UrlItem[],
    options: { collection?: string; wait?: 'stored' | 'searchable' },
  ): Promise<IngestOutcome[]> {
    const fetched = await Promise.all(
      items.map(async ({ url, ...item }): Promise<IngestItem | IngestOutcome> => {
        try {
          return { externalId: url, ...item, name: url, bytes: (await this.fetcher.fetch(url)).bytes };
        } catch (error) {
          return { name: url, status: 'failed', error: DomainError.from(error).serialise() };
        }
      }),
    );
    const good = fetched.filter((one): one is IngestItem => 'bytes' in one);
    const stored = (good.length > 0 ? await this.images.ingest(good, options) : []).values();
    return fetched.map((one) => {
      if (!('bytes' in one)) return one;
      const next = stored.next();
      if (next.done) throw new Error(`the ingest answered fewer outcomes than the ${good.length} images it was given`);
      return next.value;
    });
  }
}
