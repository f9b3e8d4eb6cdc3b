import { readdir } from 'node:fs/promises';
import path from 'node:path';

const PHOTO = /\.(jpe?g|png|webp|avif|gif|tiff?)$/i;

export interface LabelledPhotos {
  readonly files: readonly string[];
  /** Class number of each file. */
  readonly classes: Int32Array;
  /** Name by class number: the folder's. */
  readonly names: readonly string[];
}

/** Photos in class folders, in the order of their paths. @throws Error where there are fewer than two classes */
export async function listLabelledPhotos(dir: string): Promise<LabelledPhotos> {
  const folders = (await readdir(dir, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const files: string[] = [];
  const classes: number[] = [];
  for (const [number, folder] of folders.entries()) {
    const names = (await readdir(path.join(dir, folder))).filter((name) => PHOTO.test(name)).sort();
    for (const name of names) {
      files.push(path.join(dir, folder, name));
      classes.push(number);
    }
  }
  if (new Set(classes).size < 2) throw new Error(`${dir} does not hold photos in at least two class folders`);
  return { files, classes: Int32Array.from(classes), names: folders };
}
