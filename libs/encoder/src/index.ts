export * from './encoder.js';
export { fingerprintOf } from './fingerprint.js';
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
