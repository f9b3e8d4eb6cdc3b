export * from './settings.js';
export { BUNDLED_ENCODER } from './bundled-encoder.js';
export { settingsSchema } from './settings.schema.js';
export { projectRoot } from './project-root.js';
export { setNativeEnvironment } from './native-environment.js';
