import path from 'node:path';
import { formatBytes } from '../format/quantities.js';

/** Bytes of JSON that a service takes in any case. */
const LEAST_OF_JSON = 8 * 1024 ** 2;

/**
 * What was written, and what to do about it where a service that is set like this one would not take it back: a network of
 * three layers of 2,048 units takes more than 100 MB.
 *
 * @param bytes of the file
 * @param most bytes of a file to import, `LIKENESS_MAX_FILE_BYTES`
 */
export function exportedText(file: string, bytes: number, most: number): string {
  const wrote = `Wrote ${file}, ${formatBytes(bytes)}.`;
  const taken = path.extname(file) === '.json' ? Math.max(LEAST_OF_JSON, most) : most;
  if (bytes <= taken) return wrote;
  return (
    `${wrote}\nThat is more than the ${formatBytes(taken)} that a service takes with the settings here. Where it is to be ` +
    `imported, start the service, and run the import, with LIKENESS_MAX_FILE_BYTES=${bytes} or more.`
  );
}
