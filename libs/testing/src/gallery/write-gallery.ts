import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { drawScene, galleryCategories } from './draw-scene.js';
import { Random, seedFrom } from './random.js';

export interface GalleryOptions {
  /** Pictures of each category. */
  readonly perCategory: number;
  /** Another seed gives another gallery of the same kinds of scenes, for example unseen queries. */
  readonly seed: number;
  readonly onProgress?: (done: number, total: number) => void;
}

type Size = { readonly width: number; readonly height: number };

/** Sizes as cameras and cut-outs have them, upright and across. */
const SIZES: readonly [Size, ...Size[]] = [
  { width: 384, height: 288 },
  { width: 400, height: 267 },
  { width: 320, height: 320 },
  { width: 288, height: 384 },
];

/** How many pictures are drawn at once; drawing runs on libuv's threads. */
const AT_ONCE = 4;

/**
 * Writes the project's own gallery: `<dir>/<category>/<nn>.jpg`, numbered from 01. The same options write the same bytes.
 *
 * @returns the paths of the files, category by category
 */
export async function writeGallery(dir: string, { perCategory, seed, onProgress }: GalleryOptions): Promise<string[]> {
  const digits = Math.max(2, String(perCategory).length);
  const jobs = galleryCategories.flatMap((category) =>
    Array.from({ length: perCategory }, (_, i) => ({
      category,
      seed: seedFrom(seed, i),
      file: path.join(dir, category, `${String(i + 1).padStart(digits, '0')}.jpg`),
    })),
  );
  await Promise.all(galleryCategories.map((category) => mkdir(path.join(dir, category), { recursive: true })));
  let next = 0;
  let done = 0;
  const draw = async () => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
      const size = new Random(job.seed).pick<Size>(SIZES);
      await writeFile(job.file, await drawScene(job.category, job.seed, size));
      onProgress?.(++done, jobs.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, draw));
  return jobs.map((job) => job.file);
}
