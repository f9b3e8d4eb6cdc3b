import { createHash } from 'node:crypto';
import path from 'node:path';
import { foldersIn, photosIn } from '../lib/photo-files.js';

export interface LabelledPhoto {
  /** `<category>/<file>` */
  readonly id: string;
  readonly file: string;
  readonly category: number;
}

/** Photos sorted into folders by category. */
export interface PhotoSet {
  readonly name: string;
  readonly categories: readonly string[];
  readonly photos: readonly LabelledPhoto[];
}

/** Reads `<folder>/<set>/<category>/<photo>` for every set, in a fixed order; folders without photos are neither sets nor categories. */
export async function readPhotoSets(folder: string): Promise<PhotoSet[]> {
  const sets: PhotoSet[] = [];
  for (const name of await foldersIn(folder)) {
    const categories: string[] = [];
    const photos: LabelledPhoto[] = [];
    for (const label of await foldersIn(path.join(folder, name))) {
      const files = await photosIn(path.join(folder, name, label));
      for (const file of files) {
        photos.push({
          id: `${label}/${file}`,
          file: path.join(folder, name, label, file),
          category: categories.length,
        });
      }
      if (files.length > 0) categories.push(label);
    }
    if (photos.length > 0) sets.push({ name, categories, photos });
  }
  return sets;
}

/** Another one where a photo came, went or was renamed. */
export const photosDigest = ({ photos }: PhotoSet): string =>
  createHash('sha256')
    .update(photos.map(({ id }) => id).join('\n'))
    .digest('hex');
