export { BrowseCategories, type ScoredImage } from './classifiers/browse-categories.js';
export { ClassifierRunners } from './classifiers/classifier-runners.js';
export { ClassifierWork } from './classifiers/classifier-work.js';
export { compareVersions, type VersionComparison } from './classifiers/compare-versions.js';
export type { Contradiction } from './classifiers/contradictions.js';
export { DoubtedLabels, type DoubtedLabel } from './classifiers/doubted-labels.js';
export { EncodeOriginals } from './classifiers/encode-originals.js';
export { ExampleFeatures } from './classifiers/example-features.js';
export { FillFeatures } from './classifiers/fill-features.js';
export { HeadLibrary } from './classifiers/head-library.js';
export { LabelHistory, type LabelConflict } from './classifiers/label-history.js';
export { LabelImages, type LabelOrder, type LabelReport, type OwnImage } from './classifiers/label-images.js';
export { learningRounds, type LearningRound } from './classifiers/learning-rounds.js';
export { ManageClassifiers, NAME_RULE } from './classifiers/manage-classifiers.js';
export { ManageVersions, type VersionView } from './classifiers/manage-versions.js';
export { PredictCategory, type Prediction } from './classifiers/predict-category.js';
export { RescoringParts, ScoreStores } from './classifiers/rescoring-parts.js';
export { RescoringRunner } from './classifiers/rescoring-runner.js';
export { ScoreArrivals } from './classifiers/score-arrivals.js';
export { ScoringThreads } from './classifiers/scoring-threads.js';
export { StartRescoring } from './classifiers/start-rescoring.js';
export { SuggestImages, type Suggestion } from './classifiers/suggest-images.js';
export { TrainClassifier, type Retrained } from './classifiers/train-classifier.js';
export { GatherTrainingData } from './classifiers/training-data.js';
export { TrainingParts } from './classifiers/training-parts.js';
export { NOT_BEGUN, type TrainingView } from './classifiers/training-progress.js';
export { trainingOrderSchema, type TrainingOrder, type TrainingOrderInput } from './classifiers/training-request.js';
export { VersionCharts } from './classifiers/version-charts.js';
export { TrainingRunner } from './classifiers/training-runner.js';
export { BackUp } from './backup/back-up.js';
export { checkArchive, Restore, type RestoreReport } from './backup/restore.js';
export { AlikeImages } from './duplicates/alike-images.js';
export { QUALITIES, type BestReason } from './duplicates/choose-best.js';
export { DuplicateWork } from './duplicates/duplicate-work.js';
export { FindNearPairs } from './duplicates/find-near-pairs.js';
export { FoldDuplicates } from './duplicates/fold-duplicates.js';
export { GroupingThread } from './duplicates/grouping-thread.js';
export { HashImages } from './duplicates/hash-images.js';
export {
  DUPLICATE_KINDS,
  ListDuplicates,
  type DuplicateGroup,
  type DuplicateKind,
  type DuplicatePage,
  type DuplicateQuery,
} from './duplicates/list-duplicates.js';
export { NearGroups } from './duplicates/near-groups.js';
export { isNear, LEAST_THRESHOLD, nearRule } from './duplicates/near-rule.js';
export { NearThreshold } from './duplicates/near-threshold.js';
export { RejectDuplicates, type RejectionOrder } from './duplicates/reject-duplicates.js';
export * from './imports/import-images.js';
export { ItemReader } from './imports/item-reader.js';
export { ImportRunner } from './imports/import-runner.js';
export { IndexFollower } from './index/index-follower.js';
export * from './ingest/ingest-images.js';
export { IngestUrls, type UrlItem } from './ingest/ingest-urls.js';
export { PrepareImage } from './ingest/prepare-image.js';
export { StoreImages } from './ingest/store-images.js';
export { GarbageCollector } from './library/garbage-collector.js';
export { ImageFiles, type ImageFile } from './library/image-files.js';
export { ImageLibrary, type ImageView } from './library/image-library.js';
export { ListImages } from './library/list-images.js';
export { ListModels, ModelShelf, type ListedModel, type ModelUse } from './models/list-models.js';
export { ManageMetadataFields } from './library/manage-metadata-fields.js';
export { ManageCollections } from './library/manage-collections.js';
export { MeasureRecall, type RecallReport, type RecallRequest } from './recall/measure-recall.js';
export type { RecallFigure } from './recall/recall-figures.js';
export { RecallSampler } from './recall/recall-sampler.js';
export { ActiveEncoder } from './service/active-encoder.js';
export { BackgroundWork } from './service/background-work.js';
export * from './service/check-readiness.js';
export { Metrics, type Stage } from './service/metrics.js';
export { ReadCounts } from './service/read-counts.js';
export { ReadStats, type ServiceStats } from './service/read-stats.js';
export { EncoderLoader } from './service/encoder-loader.js';
export { ServiceLifecycle } from './service/service-lifecycle.js';
export { StartingParts } from './service/starting-parts.js';
export { ServiceNotes } from './service/service-notes.js';
export { EmbedFiles, type EmbeddedFile, type EmbeddedFiles, type FileToEmbed } from './extract/embed-files.js';
export {
  ExtractFeatures,
  requireTap,
  type ExtractionOrder,
  type ExtractionProgress,
  type ExtractionReport,
} from './extract/extract-features.js';
export type { FeatureEnding } from './extract/feature-writers.js';
export type { LeftOut } from './extract/list-pictures.js';
export { ExplainSimilar, type ExampleShare, type Explanation, type HeatMap } from './explain/explain-similar.js';
export { Backfill } from './spaces/backfill.js';
export { BackfillEncoder } from './spaces/backfill-encoder.js';
export { ChooseActive } from './spaces/choose-active.js';
export { EmbedImage } from './spaces/embed-image.js';
export { IngestTarget } from './spaces/ingest-target.js';
export { ReadReindex } from './reindex/read-reindex.js';
export { ReindexEncoder, type ReindexOrder } from './reindex/reindex-encoder.js';
export { ReindexRunner } from './reindex/reindex-runner.js';
export type { ReindexView, SpaceName, SpaceView } from './reindex/reindex-view.js';
export { ActiveIndex } from './spaces/active-index.js';
export { KnownSpaces } from './spaces/known-spaces.js';
export type { LiveSpace, SpaceChoice } from './spaces/live-space.js';
export { LiveSpaces } from './spaces/live-spaces.js';
export { LoadedEncoders } from './spaces/loaded-encoders.js';
export { OpenEncoders } from './spaces/open-encoders.js';
export { ReplaceEncoder } from './spaces/replace-encoder.js';
export { RetryGaps } from './spaces/retry-gaps.js';
export { SpaceFollowers } from './spaces/space-followers.js';
export { StoredTaps, type TapProgress, type TapUser } from './spaces/stored-taps.js';
export { mostResults, type HitGroup, type PageChoices, type SimilarHit } from './similar/gather-hits.js';
export { EmbedQuery } from './similar/embed-query.js';
export { DEFAULT_K, FindSimilar, type SimilarAnswer, type SimilarOptions } from './similar/find-similar.js';
export * from './similar/query.js';
export { RankImages } from './similar/rank-images.js';
export { ResolveQuery } from './similar/resolve-query.js';
export { SearchContext } from './similar/search-context.js';
export type { Check, CheckName } from './verify/check.js';
export { VerifyEmbeddings } from './verify/verify-embeddings.js';
export { VerifyIndex, type VerifyOptions, type VerifyReport } from './verify/verify-index.js';
export { VerifyOriginals } from './verify/verify-originals.js';
