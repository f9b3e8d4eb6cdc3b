import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Dirent } from 'node:fs';
import { DomainError } from '#libs/errors';

const PHOTO = /\.(jpe?g|png|webp|avif|gif|tiff?)$/i;

const isHidden = (name: string): boolean => name.startsWith('.');
/** A link counts as what a photo's name says. */
const isPhoto = (entry: Dirent): boolean => !entry.isDirectory() && PHOTO.test(entry.name) && !isHidden(entry.name);

/** Names of the folders in a folder, in order; hidden ones are passed over. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !isHidden(entry.name))
    .map(({ name }) => name)
    .sort();
}

/** Names of the photos that lie in a folder itself, by their endings, in order; hidden files are passed over. */
export async function photosIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter(isPhoto)
    .map(({ name }) => name)
    .sort();
}

/** Paths within a folder of the photos below it, at any depth, in order; what is hidden, or in a hidden folder, is passed over. */
export async function photosBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(isPhoto)
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.split(path.sep).some(isHidden))
    .sort();
}

/**
 * What `work` makes of a file's bytes.
 *
 * @throws Error that names the file, for whatever `work` or the reading throws
 */
export async function ofFile<T>(file: string, work: (bytes: Buffer) => Promise<T>): Promise<T> {
  try {
    return await work(await readFile(file));
  } catch (error) {
    throw new Error(`${file}: ${DomainError.from(error).message}`, { cause: error });
  }
}
