import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '#libs/errors';

const IMAGE_FILE = /\.(jpe?g|png|webp|avif|gif|tiff?)$/i;

/** An image file and its category: the sub-folder it lies in, undefined where it lies in the folder itself. */
export interface Photo {
  readonly path: string;
  readonly category?: string;
}

/** A file of which there is no second with the same content in the list; `sha256` of its bytes. */
export interface DistinctPhoto extends Photo {
  readonly sha256: string;
}

/**
 * Image files below a folder by their names, in the order of their paths. Hidden files and folders are passed over.
 *
 * @throws DomainError `import_source_unreadable`
 */
export async function listPhotos(folder: string): Promise<Photo[]> {
  const root = path.resolve(folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new DomainError('import_source_unreadable', `${root} is not a folder that can be read.`, { cause });
  });
  return entries
    .filter((entry) => entry.isFile() && IMAGE_FILE.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !path
          .relative(root, file)
          .split(path.sep)
          .some((part) => part.startsWith('.')),
    )
    .sort()
    .map((file) => {
      const [first, ...rest] = path.relative(root, file).split(path.sep);
      return rest.length > 0 && first !== undefined ? { path: file, category: first } : { path: file };
    });
}

/** Leaves out files whose content an earlier one has: a copy among the stored images would not be an unseen query. */
export async function distinctPhotos(photos: readonly Photo[]): Promise<DistinctPhoto[]> {
  const seen = new Map<string, DistinctPhoto>();
  for (const photo of photos) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(photo.path), hash);
    const sha256 = hash.digest('hex');
    if (!seen.has(sha256)) seen.set(sha256, { ...photo, sha256 });
  }
  return [...seen.values()];
}
