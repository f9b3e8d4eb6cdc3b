import { readdir } from 'node:fs/promises';
import path from 'node:path';

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

/** Reads `<folder>/<set>/<category>/<file>` for every set, in a fixed order. */
export async function readPhotoSets(folder: string): Promise<PhotoSet[]> {
  const sets: PhotoSet[] = [];
  for (const name of await foldersIn(folder)) {
    const categories = await foldersIn(path.join(folder, name));
    const photos: LabelledPhoto[] = [];
    for (const [category, label] of categories.entries()) {
      const files = (await readdir(path.join(folder, name, label))).sort();
      for (const file of files) {
        photos.push({ id: `${label}/${file}`, file: path.join(folder, name, label, file), category });
      }
    }
    sets.push({ name, categories, photos });
  }
  return sets;
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
