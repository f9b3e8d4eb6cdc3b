export { createVectorIndex, hnswSupport } from './create-vector-index.js';
export { ExactVectorIndex } from './exact-vector-index.js';
export type { HnswGraph, HnswLibrary } from './hnsw-library.js';
export { HnswVectorIndex } from './hnsw-vector-index.js';
export { FolderIndexes } from './folder-indexes.js';
export * from './vector-index.js';
export { compareWithExact, type Comparison } from './recall/compare-with-exact.js';
export { RecentQueries } from './recall/recent-queries.js';
export * from './vector-indexes.js';
