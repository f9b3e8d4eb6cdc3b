import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { likenessModule } from '#apps/composition';
import type { Compression } from '#libs/archive';
import { readFilter, type ImportProgress, type MetadataField, type MetadataFieldType } from '#libs/catalogue';
import type { Settings } from '#libs/config';
import {
  BackUp,
  ExplainSimilar,
  FindSimilar,
  ImageFiles,
  ImageLibrary,
  ImportImages,
  ListImages,
  ManageCollections,
  ManageMetadataFields,
  MeasureRecall,
  ReadReindex,
  ReadStats,
  ReindexEncoder,
  VerifyIndex,
  type Example,
  type ExampleQuery,
  type Explanation,
  type RecallReport,
  type ReindexOrder,
  type ServiceStats,
  type SimilarAnswer,
  type SimilarOptions,
  type VerifyReport,
} from '#libs/search';
import {
  Service,
  type CollectionView,
  type ExplanationView,
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
  type SearchExample,
  type SearchQuery,
  type StoredImageView,
  type StoredPage,
  type ThumbnailView,
  type VerifyChoices,
} from './service.js';
import { sourceLabel } from './source-label.js';
import { StderrLogger } from './stderr-logger.js';
import { recordedImage } from './stored-image.js';

/** Likeness inside this process: opens the data folder, and with it the embedded database, encoder and index. */
export class LocalService extends Service {
  readonly outlivesCommand = false;

  private constructor(
    private readonly context: INestApplicationContext,
    readonly location: string,
  ) {
    super();
  }

  /** @throws DomainError `data_folder_in_use`, `data_folder_unusable`, `database_*`, `encoder_*` */
  static async open(settings: Settings): Promise<LocalService> {
    const context = await NestFactory.createApplicationContext(likenessModule(settings), {
      logger: new StderrLogger(settings.log.level),
      abortOnError: false,
    });
    return new LocalService(context, `data folder ${settings.data.dir}`);
  }

  async startImport(order: ImportOrder): Promise<ImportView> {
    return importView(await this.context.get(ImportImages).start(order));
  }

  async getImport(id: number): Promise<ImportView> {
    return importView(await this.context.get(ImportImages).get(id));
  }

  async listImports(limit: number, root?: string): Promise<readonly ImportView[]> {
    return (await this.context.get(ImportImages).list(limit, root)).map(importView);
  }

  importItems(id: number, query: ItemQuery): Promise<ItemPage> {
    return this.context.get(ImportImages).items(id, query);
  }

  async cancelImport(id: number): Promise<ImportView> {
    return importView(await this.context.get(ImportImages).cancel(id));
  }

  async retryImport(id: number): Promise<ImportView> {
    return importView(await this.context.get(ImportImages).retry(id));
  }

  async *watchImport(id: number, signal: AbortSignal): AsyncIterable<ImportView> {
    for await (const progress of this.context.get(ImportImages).watch(id, signal)) yield importView(progress);
  }

  async search(query: SearchQuery, choices: SearchChoices): Promise<Findings> {
    const { k, minScore, exact, collection, encoder, tap, collapse } = choices;
    const filter = choices.filter === undefined ? undefined : readFilter(choices.filter);
    const options: SimilarOptions = {
      k,
      minScore,
      exact,
      filter,
      encoder,
      tap,
      collapse,
      ...(collection !== undefined && { collection }),
    };
    const similar = this.context.get(FindSimilar);
    const examples = exampleQuery(query);
    if (choices.explain !== true) return findings(await similar.find(examples, options));
    const explainer = this.context.get(ExplainSimilar);
    const inHand = await explainer.fetched(examples);
    const answer = await similar.find(inHand, options);
    const ids = answer.hits.map(({ id }) => id);
    return findings(answer, await explainer.explain(inHand, ids, options));
  }

  async listImages({ filter, ...query }: ImageQuery): Promise<StoredPage> {
    const structure = filter === undefined ? undefined : readFilter(filter);
    const { images, nextCursor } = await this.context.get(ListImages).list({ ...query, filter: structure });
    return { images: images.map(recordedImage), nextCursor };
  }

  async getImage(id: number): Promise<StoredImageView> {
    const image = await this.context.get(ImageLibrary).get(id);
    return { ...recordedImage(image), searchable: image.searchable };
  }

  async deleteImages(ids: readonly number[]): Promise<readonly number[]> {
    return (await this.context.get(ImageLibrary).delete(ids)).deleted;
  }

  async listCollections(): Promise<readonly CollectionView[]> {
    const collections = await this.context.get(ManageCollections).list();
    return collections.map(({ name, images, createdAt }) => ({ name, images, createdAt: createdAt.toISOString() }));
  }

  async listFields(): Promise<readonly FieldView[]> {
    return (await this.context.get(ManageMetadataFields).list()).map(fieldView);
  }

  async declareField(key: string, type: MetadataFieldType): Promise<FieldReportView> {
    return fieldView(await this.context.get(ManageMetadataFields).declare(key, type));
  }

  removeField(key: string): Promise<void> {
    return this.context.get(ManageMetadataFields).remove(key);
  }

  async thumbnail(id: number): Promise<ThumbnailView> {
    const { mediaType, data } = await this.context.get(ImageFiles).thumbnail(id);
    return { mediaType, data };
  }

  measureRecall({ filter, ...choices }: RecallChoices): Promise<RecallReport> {
    const structure = filter === undefined ? undefined : readFilter(filter);
    return this.context.get(MeasureRecall).measure({ ...choices, filter: structure });
  }

  stats(): Promise<ServiceStats> {
    return this.context.get(ReadStats).stats();
  }

  verify(choices: VerifyChoices): Promise<VerifyReport> {
    return this.context.get(VerifyIndex).verify(choices);
  }

  backup(compression: Compression): Promise<Readable> {
    return Promise.resolve(this.context.get(BackUp).stream(compression));
  }

  async reindex(): Promise<ReindexAnswer> {
    const { unusable, ...view } = await this.context.get(ReadReindex).read();
    return { ...view, unusable: unusable.map(({ imageId, error }) => ({ imageId: String(imageId), error })) };
  }

  async startReindex(order: ReindexOrder): Promise<ReindexAnswer> {
    await this.context.get(ReindexEncoder).start(order);
    return this.reindex();
  }

  async stepReindex(step: ReindexStep): Promise<ReindexAnswer> {
    const reindex = this.context.get(ReindexEncoder);
    if (step === 'cancel') await reindex.cancel();
    else if (step === 'rollback') await reindex.rollback();
    else await reindex.removeOld();
    return this.reindex();
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

const fieldView = <F extends MetadataField>(field: F): Omit<F, 'declaredAt'> & { declaredAt: string } => ({
  ...field,
  declaredAt: field.declaredAt.toISOString(),
});

const importView = (progress: ImportProgress): ImportView => ({
  ...progress,
  createdAt: progress.createdAt.toISOString(),
  finishedAt: progress.finishedAt?.toISOString() ?? null,
});

const exampleQuery = ({ positives, negatives = [], strategy }: SearchQuery): ExampleQuery => ({
  positives: positives.map(toExample),
  negatives: negatives.map(toExample),
  ...(strategy !== undefined && { strategy }),
});

function toExample(example: SearchExample): Example {
  const { region } = example;
  if ('id' in example) return { kind: 'id', id: example.id, region };
  if ('url' in example) return { kind: 'url', url: example.url, region };
  return { kind: 'upload', bytes: example.bytes, name: path.basename(example.file), region };
}

const explanationView = ({ total, result, examples }: Explanation): ExplanationView => ({
  total,
  overlay: result.overlay,
  examples: examples.map(({ heatMap, ...share }) => ({ ...share, ...(heatMap && { overlay: heatMap.overlay }) })),
});

const findings = (answer: SimilarAnswer, explanations: readonly (Explanation | null)[] = []): Findings => ({
  plan: answer.plan,
  matched: answer.matched,
  results: answer.hits.map(({ id, score, distance, image, duplicates = [] }, at) => ({
    id,
    score,
    distance,
    source: sourceLabel(image.sources),
    sources: image.sources,
    collections: image.collections,
    metadata: image.metadata,
    width: image.width,
    height: image.height,
    format: image.format,
    ...(duplicates.length > 0 && { duplicates: duplicates.map(({ id, score }) => ({ id, score })) }),
    ...explained(explanations[at]),
  })),
});

const explained = (explanation: Explanation | null | undefined): { explanation?: ExplanationView | null } =>
  explanation === undefined ? {} : { explanation: explanation && explanationView(explanation) };
