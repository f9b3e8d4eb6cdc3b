export * from './encoder.js';
export { fingerprintOf } from './fingerprint.js';
export { loadEncoder } from './load-encoder.js';
export {
  manifestSchema,
  parseManifest,
  type EncoderManifest,
  type ManifestInput,
  type ManifestTap,
} from './manifest.js';
export { findModel, listModels, modelRoots, readModelFolder, type ModelFolder } from './model-folder.js';
