export * from './imports/import-images.js';
export { ImportRunner } from './imports/import-runner.js';
export { IndexFollower } from './index/index-follower.js';
export * from './ingest/ingest-images.js';
export { PrepareImage } from './ingest/prepare-image.js';
export { StoreImages } from './ingest/store-images.js';
export { GarbageCollector } from './library/garbage-collector.js';
export { ImageFiles, type ImageFile } from './library/image-files.js';
export { ImageLibrary, type ImageView } from './library/image-library.js';
export { ListImages } from './library/list-images.js';
export { ManageCollections } from './library/manage-collections.js';
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
export { Backfill } from './spaces/backfill.js';
export { BackfillEncoder } from './spaces/backfill-encoder.js';
export { ChooseActive } from './spaces/choose-active.js';
export { EmbedImage } from './spaces/embed-image.js';
export { IngestTarget } from './spaces/ingest-target.js';
export { KnownSpaces } from './spaces/known-spaces.js';
export { LoadedEncoders } from './spaces/loaded-encoders.js';
export { OpenEncoders } from './spaces/open-encoders.js';
export { StoredTaps, type TapProgress, type TapUser } from './spaces/stored-taps.js';
export { EmbedQuery } from './similar/embed-query.js';
export {
  DEFAULT_K,
  FindSimilar,
  type SimilarAnswer,
  type SimilarHit,
  type SimilarOptions,
} from './similar/find-similar.js';
export * from './similar/query.js';
export { RankImages, type RankOptions } from './similar/rank-images.js';
export { ResolveQuery } from './similar/resolve-query.js';
export { SearchContext } from './similar/search-context.js';
export type { Check, CheckName } from './verify/check.js';
export { VerifyIndex, type VerifyOptions, type VerifyReport } from './verify/verify-index.js';
export { VerifyParts } from './verify/verify-parts.js';
export { VerifyOriginals } from './verify/verify-originals.js';
