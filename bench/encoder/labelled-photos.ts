import path from 'node:path';
import { foldersIn, photosIn } from '../lib/photo-files.js';

export interface LabelledPhotos {
  readonly files: readonly string[];
  /** Class number of each file. */
  readonly classes: Int32Array;
  /** Name by class number: the folder's. */
  readonly names: readonly string[];
}

/** Photos in class folders, in the order of their paths; folders without photos are no classes. @throws Error where there are fewer than two classes */
export async function listLabelledPhotos(dir: string): Promise<LabelledPhotos> {
  const files: string[] = [];
  const classes: number[] = [];
  const names: string[] = [];
  for (const folder of await foldersIn(dir)) {
    const photos = await photosIn(path.join(dir, folder));
    if (photos.length === 0) continue;
    files.push(...photos.map((name) => path.join(dir, folder, name)));
    classes.push(...photos.map(() => names.length));
    names.push(folder);
  }
  if (names.length < 2) throw new Error(`${dir} does not hold photos in at least two class folders`);
  return { files, classes: Int32Array.from(classes), names };
}
