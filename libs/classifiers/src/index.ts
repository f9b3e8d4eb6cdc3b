export * from './training/training-set.js';
export {
  HEAD_KINDS,
  trainingRequestSchema,
  type HeadKind,
  type TrainingRequest,
  type TrainingRequestInput,
} from './training/training-request.js';
export { HeadTrainer, type TrainedHead, type TrainingOptions } from './training/head-trainer.js';
export { ThreadedHeadTrainer } from './training/threaded-head-trainer.js';
export { headDocumentSchema, type HeadDocument } from './scoring/head-document.js';
export { HeadScorer } from './scoring/head-scorer.js';
export { parseHead } from './scoring/parse-head.js';
export type * from './report/training-report.js';
export type * from './report/metrics.js';
export { pairedDifference, type PairedDifference } from './report/paired-difference.js';
export { trainingReportSchema } from './report/report-schema.js';
export {
  headWithNames,
  parseExport,
  reportWithNames,
  withCategoryIds,
  type CategoryNames,
  type ExportedVersion,
  type ImportedVersion,
} from './export/exported-version.js';
export { headToOnnx } from './export/head-to-onnx.js';
export { headOfOnnx } from './export/onnx-to-head.js';
export { CHART_NAMES, type ChartName } from './charts/chart-names.js';
export { ChartDrawer } from './charts/chart-drawer.js';
