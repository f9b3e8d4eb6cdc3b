export { likenessModule, type CompositionOptions } from './likeness.module.js';
