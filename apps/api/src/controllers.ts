import { BackupController } from './backup/backup.controller.js';
import { CategoryUseController } from './classifiers/category-use.controller.js';
import { ClassifiersController } from './classifiers/classifiers.controller.js';
import { DoubtedLabelsController } from './classifiers/doubted-labels.controller.js';
import { LabelsController } from './classifiers/labels.controller.js';
import { TrainingsController } from './classifiers/trainings.controller.js';
import { VersionChartsController } from './classifiers/version-charts.controller.js';
import { VersionsController } from './classifiers/versions.controller.js';
import { CollectionsController } from './collections/collections.controller.js';
import { EmbeddingsController } from './embeddings/embeddings.controller.js';
import { DuplicatesController } from './duplicates/duplicates.controller.js';
import { ImageFilesController } from './images/image-files.controller.js';
import { ImagesController } from './images/images.controller.js';
import { ImportsController } from './imports/imports.controller.js';
import { MetadataFieldsController } from './metadata-fields/metadata-fields.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { ModelsController } from './models/models.controller.js';
import { SearchBatchController } from './search/search-batch.controller.js';
import { ReindexController } from './reindex/reindex.controller.js';
import { SearchController } from './search/search.controller.js';
import { HealthController } from './service/health.controller.js';
import { ServiceController } from './service/service.controller.js';

/** Every controller of the API, in the order of the docs. */
export const CONTROLLERS = [
  SearchController,
  SearchBatchController,
  ImagesController,
  ImageFilesController,
  DuplicatesController,
  ImportsController,
  CollectionsController,
  ModelsController,
  EmbeddingsController,
  ClassifiersController,
  DoubtedLabelsController,
  LabelsController,
  TrainingsController,
  VersionsController,
  VersionChartsController,
  CategoryUseController,
  MetadataFieldsController,
  ReindexController,
  ServiceController,
  BackupController,
  HealthController,
  MetricsController,
];
