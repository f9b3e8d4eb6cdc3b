export { restoreArchive } from './restore.js';
export { likenessModule, type CompositionOptions } from './likeness.module.js';
