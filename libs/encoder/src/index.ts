export type { CellVectors } from './cells.js';
export * from './encoder.js';
export { fingerprintOf } from './fingerprint.js';
export { keepModel } from './keep-model.js';
export { loadEncoder } from './load-encoder.js';
export {
  manifestSchema,
  parseManifest,
  type EncoderManifest,
  type ManifestInput,
  type ManifestTap,
  type ManifestView,
  type RuntimeFiles,
} from './manifest.js';
export { manifestFor, type RuntimeKind } from './manifest-runtime.js';
export {
  findModel,
  findModelByFingerprint,
  listModels,
  modelRoots,
  readModelFolder,
  type ModelFolder,
} from './model-folder.js';
export { importModelFile } from './import/import-model-file.js';
export { removeModel, type ImportedModel } from './import/import-model.js';
export type { ImportRequest, TapOrder } from './import/import-request.js';
export type { FoundTap, FoundTaps } from './import/found-taps.js';
export type { Preset, PublishedWeights } from './presets/preset.js';
export { findPreset, PRESETS } from './presets/presets.js';
export { pullModel, type PulledModel, type PullOrder } from './download/pull-model.js';
export { describeModels, type ModelDescription } from './describe-models.js';
export {
  benchModel,
  checkModel,
  type BenchedVariant,
  type CheckedVariant,
  type ModelCheck,
} from './variants/examine-model.js';
export { variantName, type Variant } from './variants/variant.js';
