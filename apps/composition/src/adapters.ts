import { Logger, type Provider } from '@nestjs/common';
import path from 'node:path';
import {
  BlobStore,
  CatalogueArchive,
  CatalogueLifecycle,
  ChangeLog,
  ChangeTransactions,
  Collections,
  EmbeddingSpaces,
  Encoders,
  FileBlobStore,
  FileThumbnailStore,
  FileWriter,
  FilterResolver,
  ImageReader,
  ImageWriter,
  Imports,
  JobQueue,
  MetadataFields,
  PgBossJobQueue,
  PostgresCatalogue,
  PostgresCatalogueArchive,
  PostgresChangeLog,
  PostgresCollections,
  PostgresDatabase,
  PostgresEncoders,
  PostgresFilterResolver,
  PostgresFilterVocabulary,
  PostgresImageReader,
  PostgresImageWriter,
  PostgresImports,
  PostgresMetadataFields,
  PostgresReindexes,
  PostgresSession,
  PostgresSpaces,
  RecordCache,
  Reindexes,
  ThumbnailStore,
} from '#libs/catalogue';
import { Settings } from '#libs/config';
import { describeModels, findModel, findModelByFingerprint, keepModel, loadEncoder, modelRoots } from '#libs/encoder';
import { HttpImageFetcher, ImageFetcher, parseAllowList } from '#libs/fetching';
import { ImageDecoder, ImageTrial, ProcessImageTrial, SharpImageDecoder } from '#libs/imaging';
import { ActiveIndex, EncoderLoader, ModelShelf, ServiceNotes } from '#libs/search';
import { FolderIndexes, RecentQueries, VectorIndexReader, VectorIndexes, createVectorIndex } from '#libs/vector-index';

/** Which technology stands behind which port; the only place that knows. */
export const ADAPTERS: Provider[] = [
  PostgresDatabase,
  PostgresFilterVocabulary,
  PostgresSession,
  RecordCache,
  ChangeTransactions,
  PgBossJobQueue,
  { provide: JobQueue, useExisting: PgBossJobQueue },
  { provide: CatalogueLifecycle, useClass: PostgresCatalogue },
  { provide: CatalogueArchive, useClass: PostgresCatalogueArchive },
  { provide: ImageReader, useClass: PostgresImageReader },
  { provide: ImageWriter, useClass: PostgresImageWriter },
  { provide: Collections, useClass: PostgresCollections },
  { provide: Encoders, useClass: PostgresEncoders },
  { provide: EmbeddingSpaces, useClass: PostgresSpaces },
  { provide: Reindexes, useClass: PostgresReindexes },
  { provide: ChangeLog, useClass: PostgresChangeLog },
  { provide: Imports, useClass: PostgresImports },
  { provide: MetadataFields, useClass: PostgresMetadataFields },
  { provide: FilterResolver, useClass: PostgresFilterResolver },
  FileWriter,
  {
    provide: BlobStore,
    useFactory: ({ data }: Settings, writer: FileWriter) =>
      new FileBlobStore(path.join(data.filesDir, 'blobs'), writer),
    inject: [Settings, FileWriter],
  },
  {
    provide: ThumbnailStore,
    useFactory: ({ data }: Settings, writer: FileWriter) =>
      new FileThumbnailStore(path.join(data.filesDir, 'thumbnails'), writer),
    inject: [Settings, FileWriter],
  },
  withSettings(ModelShelf, ({ data }) => ({ list: () => describeModels(modelRoots(data.dir)) })),
  withSettings(ImageDecoder, (settings) => new SharpImageDecoder(settings.limits)),
  withSettings(ImageTrial, (settings) => new ProcessImageTrial(settings.limits)),
  withSettings(
    ImageFetcher,
    ({ fetching, limits }) =>
      new HttpImageFetcher({
        enabled: fetching.enabled,
        allowed: parseAllowList(fetching.allow),
        maxBytes: limits.maxFileBytes,
        timeoutMs: fetching.timeoutMs,
      }),
  ),
  {
    provide: EncoderLoader,
    useFactory: (settings: Settings, notes: ServiceNotes): EncoderLoader => {
      const logger = new Logger('encoder');
      const roots = modelRoots(settings.data.dir);
      const keep = async (name: string) => {
        try {
          await keepModel(await findModel(name, roots), settings.data.dir);
        } catch (error) {
          logger.warn(`${name} was not copied into the data folder, which a later version may need: ${String(error)}`);
        }
      };
      const listener = { log: (line: string) => logger.log(line), note: (line: string) => notes.add(line) };
      return {
        load: async (name) => {
          const encoder = await loadEncoder({ ...settings.encoder, name, dataDir: settings.data.dir }, listener);
          await keep(name);
          return encoder;
        },
        nameOf: (fingerprint, likely) => findModelByFingerprint(fingerprint, likely, roots),
      };
    },
    inject: [Settings, ServiceNotes],
  },
  {
    provide: VectorIndexes,
    useFactory: (settings: Settings, filters: FilterResolver, notes: ServiceNotes) => {
      const logger = new Logger('index');
      const onNote = (note: string) => notes.add(note);
      const onTrouble = (trouble: string | null) =>
        trouble === null ? logger.log('segments are built again') : logger.warn(trouble);
      return new FolderIndexes(path.join(settings.data.dir, 'index'), (dir) =>
        createVectorIndex(settings.index, { dir, filters, onNote, onTrouble }),
      );
    },
    inject: [Settings, FilterResolver, ServiceNotes],
  },
  { provide: RecentQueries, useFactory: () => new RecentQueries() },
  { provide: VectorIndexReader, useClass: ActiveIndex },
];

function withSettings<T>(port: abstract new () => T, make: (settings: Settings) => T): Provider {
  return { provide: port, useFactory: make, inject: [Settings] };
}
