export * from './catalogue.js';
export * from './catalogue-archive.js';
export * from './domain/change.js';
export * from './domain/duplicate.js';
export * from './domain/filter.js';
export * from './domain/image.js';
export * from './domain/import.js';
export * from './domain/metadata-field.js';
export { filterShape, FILTER_SHAPES, type FilterShape } from './filter/filter-shape.js';
export { formatFilter } from './filter/format-filter.js';
export { readFilter } from './filter/read-filter.js';
export { PostgresFilterVocabulary } from './postgres/filter/postgres-filter-vocabulary.js';
export * from './domain/reindex.js';
export * from './domain/space.js';
export { madeStorable, storable } from './domain/storable.js';
export { BlobStore, ThumbnailStore } from './blobs/blob-store.js';
export { FileBlobStore } from './blobs/file-blob-store.js';
export { FileWriter } from './blobs/file-writer.js';
export { FileThumbnailStore } from './blobs/file-thumbnail-store.js';
export { ChangeTransactions } from './postgres/change-transactions.js';
export { PgBossJobQueue } from './postgres/pg-boss-job-queue.js';
export { PostgresCatalogue } from './postgres/postgres-catalogue.js';
export { PostgresCatalogueArchive } from './postgres/archive/postgres-catalogue-archive.js';
export { PostgresCatalogueRestore } from './postgres/archive/postgres-catalogue-restore.js';
export { PostgresChangeLog } from './postgres/postgres-change-log.js';
export { PostgresCollections } from './postgres/postgres-collections.js';
export { PostgresDatabase } from './postgres/postgres-database.js';
export { PostgresDuplicateReader } from './postgres/duplicates/postgres-duplicate-reader.js';
export { PostgresNearPairs } from './postgres/duplicates/postgres-near-pairs.js';
export { PostgresRejections } from './postgres/duplicates/postgres-rejections.js';
export { PostgresEncoders } from './postgres/postgres-encoders.js';
export { PostgresFilterResolver } from './postgres/postgres-filter-resolver.js';
export { PostgresImageReader } from './postgres/postgres-image-reader.js';
export { PostgresImageWriter } from './postgres/postgres-image-writer.js';
export { PostgresImports } from './postgres/postgres-imports.js';
export { PostgresMetadataFields } from './postgres/postgres-metadata-fields.js';
export { PostgresReindexes } from './postgres/postgres-reindexes.js';
export { PostgresSession } from './postgres/postgres-session.js';
export { PostgresSpaces } from './postgres/postgres-spaces.js';
export { RecordCache } from './postgres/record-cache.js';
export {
  EmbeddedPostgres,
  type EmbeddedPostgresDescription,
  type EmbeddedPostgresOptions,
  type PostmasterDeath,
} from './embedded/embedded-postgres.js';
export { createDatabase, dropDatabase } from './embedded/database-admin.js';
export { FolderOwnership, type FolderOwnershipOptions } from './embedded/folder-ownership.js';
export { readServiceFile, type ServiceFile } from './embedded/service-file.js';
export * from './classifiers/classifiers.js';
export * from './classifiers/heads.js';
export * from './domain/classifier.js';
export { PostgresCategoryScores } from './postgres/classifiers/postgres-category-scores.js';
export { PostgresClassifiers } from './postgres/classifiers/postgres-classifiers.js';
export { PostgresExamples } from './postgres/classifiers/postgres-examples.js';
export { PostgresHeadVersions } from './postgres/classifiers/postgres-head-versions.js';
export { PostgresLabels } from './postgres/classifiers/postgres-labels.js';
export { PostgresRescorings } from './postgres/classifiers/postgres-rescorings.js';
export { PostgresTrainings } from './postgres/classifiers/postgres-trainings.js';
