export * from './catalogue.js';
export * from './domain/change.js';
export * from './domain/filter.js';
export * from './domain/image.js';
export * from './domain/import.js';
