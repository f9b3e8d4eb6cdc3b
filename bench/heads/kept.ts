import { readFile } from 'node:fs/promises';

/** What kept features and trainings were made from. */
export interface Source {
  /** Of the encoder. */
  readonly fingerprint: string;
  /** Digest of the photos of each set. */
  readonly photos: Readonly<Record<string, string>>;
}

/**
 * What a file of the work folder holds; null where it is not there.
 *
 * @throws Error where it was made from something else than `source`: its figures would be told of what they are not of
 */
export async function readKept<T>(file: string, source: Source, work: string): Promise<T | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const kept = JSON.parse(text) as T & { readonly source?: Source };
  if (JSON.stringify(kept.source) === JSON.stringify(source)) return kept;
  throw new Error(`${work} holds features of other photos, or of another encoder of that name; name another --work`);
}
