import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { photosBelow } from '../lib/photo-files.js';
import { evenly } from '../lib/sampling.js';

/** Formats whose decoders do not mind bytes after the end of the picture. */
const PADDABLE = new Set(['.jpg', '.jpeg', '.png']);

/** Files below `folder` of which copies with new content can be made, in a stable order spread over its sub-folders. */
export async function listPhotos(folder: string, count: number): Promise<string[]> {
  const files = (await photosBelow(folder)).filter((file) => PADDABLE.has(path.extname(file).toLowerCase()));
  return evenly(files, count).map((file) => path.join(folder, file));
}

/**
 * Writes `count` photos into a folder, each with a few bytes of its own behind the picture: the same pixels, but content
 * that the catalogue has never seen, so that one service can import the same photos again and again.
 */
export async function writeCopies(
  photos: readonly string[],
  count: number,
  folder: string,
  mark: string,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (let n = 0; n < count; n++) {
    const photo = photos[n % photos.length] ?? '';
    const bytes = await readFile(photo);
    const name = `${String(n).padStart(6, '0')}${path.extname(photo)}`;
    await writeFile(path.join(folder, name), Buffer.concat([bytes, Buffer.from(`${mark} ${n}`)]));
  }
  // What is not on the disk yet would be written while the import is timed.
  await promisify(execFile)('sync').catch(() => undefined);
  return folder;
}
