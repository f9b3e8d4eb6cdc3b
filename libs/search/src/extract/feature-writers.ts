import path from 'node:path';
import { DomainError } from '#libs/errors';
import type { FeatureWriter } from './feature-rows.js';
import { writeNdjson } from './write-ndjson.js';
import { writeNpy } from './write-npy.js';
import { writeParquet } from './write-parquet.js';

/** Endings of the files that can be written. */
export type FeatureEnding = '.npy' | '.parquet' | '.ndjson';

const BY_ENDING: Readonly<Record<FeatureEnding, FeatureWriter>> = {
  '.npy': writeNpy,
  '.parquet': writeParquet,
  '.ndjson': writeNdjson,
};
const WRITERS: ReadonlyMap<string, FeatureWriter> = new Map(Object.entries(BY_ENDING));

/**
 * The writer of the format that the file's ending names.
 *
 * @throws DomainError `invalid_usage`
 */
export function writerFor(file: string): FeatureWriter {
  const writer = WRITERS.get(path.extname(file).toLowerCase());
  if (writer) return writer;
  const endings = [...WRITERS.keys()].join(', ');
  throw new DomainError('invalid_usage', `Expected an output file that ends in one of ${endings}, but got ${file}.`);
}
