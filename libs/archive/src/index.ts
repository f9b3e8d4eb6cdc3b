export { readArchive, type ArchiveEntry } from './archive-reader.js';
export { ArchiveWriter } from './archive-writer.js';
export { COMPRESSIONS, compressionOf, hasZstd, type Compression } from './compression.js';
