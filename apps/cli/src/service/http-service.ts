import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';
import type { Compression } from '#libs/archive';
import type { MetadataFieldType } from '#libs/catalogue';
import { DomainError, passesByItself, type SerialisedError } from '#libs/errors';
import type { RecallReport, ReindexOrder, ServiceStats, VerifyReport } from '#libs/search';
import { readEvents } from './event-stream.js';
import { HttpClient } from './http-client.js';
import { foundImage, searchBody, type HitAnswer } from './http-search.js';
import {
  Service,
  type CollectionView,
  type FieldReportView,
  type FieldView,
  type Findings,
  type ImageQuery,
  type ImportOrder,
  type ImportView,
  type ItemPage,
  type ItemQuery,
  type RecallChoices,
  type ReindexAnswer,
  type ReindexStep,
  type SearchChoices,
  type SearchQuery,
  type StoredImageView,
  type StoredPage,
  type ThumbnailView,
  type VerifyChoices,
} from './service.js';
import { answeredImage, type ImageAnswer } from './stored-image.js';

/** Tries, one a second, to take up a progress stream that broke off. */
const STREAM_ATTEMPTS = 10;
const STREAM_RETRY_MS = 1000;

/** Ids are strings in the API. */
type ImportAnswer = Omit<ImportView, 'id' | 'root' | 'collection'> & {
  readonly id: string;
  readonly path: string;
  readonly collection: string | null;
};
type ItemAnswer = Omit<ItemPage['items'][number], 'id' | 'imageId'> & {
  readonly id: string;
  readonly imageId: string | null;
};
type FieldReportAnswer = Omit<FieldReportView, 'misfitSamples'> & {
  readonly misfitSamples: readonly { readonly imageId: string; readonly value: unknown }[];
};

/** Likeness in another process, over its HTTP API. */
export class HttpService extends Service {
  readonly outlivesCommand = true;
  private readonly client: HttpClient;

  /** @param url address of the service, without a slash at the end */
  constructor(
    url: string,
    apiKey: string | undefined,
    private readonly streamRetryMs = STREAM_RETRY_MS,
  ) {
    super();
    this.client = new HttpClient(url, apiKey);
  }

  get location(): string {
    return `service at ${this.client.url}`;
  }

  async startImport(order: ImportOrder): Promise<ImportView> {
    return importView(await this.client.json({ method: 'POST', path: '/v1/imports', body: order }));
  }

  async getImport(id: number): Promise<ImportView> {
    return importView(await this.client.json({ path: `/v1/imports/${id}` }));
  }

  async listImports(limit: number, root?: string): Promise<readonly ImportView[]> {
    const query = { limit, path: root };
    const { imports } = await this.client.json<{ imports: ImportAnswer[] }>({ path: '/v1/imports', query });
    return imports.map(importView);
  }

  async importItems(id: number, query: ItemQuery): Promise<ItemPage> {
    const page = await this.client.json<{ items: ItemAnswer[]; nextCursor: string | null }>({
      path: `/v1/imports/${id}/items`,
      query: { ...query },
    });
    return {
      items: page.items.map((item) => ({
        ...item,
        id: Number(item.id),
        imageId: item.imageId === null ? null : Number(item.imageId),
      })),
      nextCursor: page.nextCursor === null ? null : Number(page.nextCursor),
    };
  }

  async cancelImport(id: number): Promise<ImportView> {
    return importView(await this.client.json({ method: 'POST', path: `/v1/imports/${id}/cancel` }));
  }

  async retryImport(id: number): Promise<ImportView> {
    return importView(await this.client.json({ method: 'POST', path: `/v1/imports/${id}/retry` }));
  }

  /**
   * Follows the event stream, and takes it up again where it breaks off or tells of trouble that passes: progress is a
   * state, nothing is missed.
   */
  async *watchImport(id: number, signal: AbortSignal): AsyncIterable<ImportView> {
    let failures = 0;
    while (!signal.aborted) {
      let trouble: DomainError | undefined;
      try {
        const response = await this.client.send({ path: `/v1/imports/${id}/events`, signal });
        for await (const { event, data } of readEvents(bodyOf(response))) {
          if (event === 'end') return;
          if (event === 'error') throw DomainError.revive(JSON.parse(data) as SerialisedError);
          if (event !== 'progress') continue;
          // A stream that tells of nothing but trouble has not been taken up again.
          failures = 0;
          yield importView(JSON.parse(data) as ImportAnswer);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof DomainError && error.code !== 'service_unreachable') {
          if (!passesByItself(error)) throw error;
          trouble = error;
        }
      }
      failures += 1;
      if (failures >= STREAM_ATTEMPTS) throw trouble ?? this.stoppedAnswering(id);
      await sleep(this.streamRetryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async search(query: SearchQuery, choices: SearchChoices): Promise<Findings> {
    const answer = await this.client.json<Findings & { results: HitAnswer[] }>({
      method: 'POST',
      path: '/v1/search',
      body: searchBody(query, choices),
    });
    return { plan: answer.plan, matched: answer.matched, results: answer.results.map(foundImage) };
  }

  async listImages(query: ImageQuery): Promise<StoredPage> {
    const page = await this.client.json<{ images: ImageAnswer[]; nextCursor: string | null }>({
      path: '/v1/images',
      query: { ...query },
    });
    return { images: page.images.map(answeredImage), nextCursor: page.nextCursor };
  }

  async getImage(id: number): Promise<StoredImageView> {
    const image = await this.client.json<ImageAnswer & { searchable: boolean }>({ path: `/v1/images/${id}` });
    return { ...answeredImage(image), searchable: image.searchable };
  }

  async deleteImages(ids: readonly number[]): Promise<readonly number[]> {
    const body = { ids: ids.map(String) };
    const path = '/v1/images/delete';
    return (await this.client.json<{ deleted: string[] }>({ method: 'POST', path, body })).deleted.map(Number);
  }

  async listCollections(): Promise<readonly CollectionView[]> {
    return (await this.client.json<{ collections: CollectionView[] }>({ path: '/v1/collections' })).collections;
  }

  async listFields(): Promise<readonly FieldView[]> {
    return (await this.client.json<{ fields: FieldView[] }>({ path: '/v1/metadata-fields' })).fields;
  }

  async declareField(key: string, type: MetadataFieldType): Promise<FieldReportView> {
    const report = await this.client.json<FieldReportAnswer>({
      method: 'POST',
      path: '/v1/metadata-fields',
      body: { key, type },
    });
    const misfitSamples = report.misfitSamples.map(({ imageId, value }) => ({ imageId: Number(imageId), value }));
    return { ...report, misfitSamples };
  }

  async removeField(key: string): Promise<void> {
    await this.client.send({ method: 'DELETE', path: `/v1/metadata-fields/${encodeURIComponent(key)}` });
  }

  async thumbnail(id: number): Promise<ThumbnailView> {
    const response = await this.client.send({ path: `/v1/images/${id}/thumbnail` });
    const mediaType = response.headers.get('content-type') ?? 'application/octet-stream';
    return { mediaType, data: Buffer.from(await response.arrayBuffer()) };
  }

  measureRecall(choices: RecallChoices): Promise<RecallReport> {
    return this.client.json({ method: 'POST', path: '/v1/recall', body: choices });
  }

  stats(): Promise<ServiceStats> {
    return this.client.json({ path: '/v1/stats' });
  }

  verify(choices: VerifyChoices): Promise<VerifyReport> {
    return this.client.json({ method: 'POST', path: '/v1/verify', body: choices, patient: true });
  }

  reindex(): Promise<ReindexAnswer> {
    return this.client.json({ path: '/v1/reindex' });
  }

  startReindex(order: ReindexOrder): Promise<ReindexAnswer> {
    return this.client.json({ method: 'POST', path: '/v1/reindex', body: order });
  }

  stepReindex(step: ReindexStep): Promise<ReindexAnswer> {
    return this.client.json({ method: 'POST', path: `/v1/reindex/${step}` });
  }

  async backup(compression: Compression, signal: AbortSignal): Promise<Readable> {
    return Readable.from(bodyOf(await this.client.send({ path: '/v1/backup', query: { compression }, signal })));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private stoppedAnswering(importId: number): DomainError {
    return new DomainError(
      'service_unreachable',
      `The service at ${this.client.url} stopped answering; import ${importId} is kept and goes on when it runs again.`,
    );
  }
}

function importView({ path: root, collection, ...answer }: ImportAnswer): ImportView {
  return { ...answer, id: Number(answer.id), root, ...(collection !== null && { collection }) };
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body !== null) yield* response.body;
}
