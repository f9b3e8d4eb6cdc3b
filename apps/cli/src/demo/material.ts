import path from 'node:path';
import { DomainError } from '#libs/errors';
import { formatNoun } from '../format/quantities.js';
import { distinctPhotos, listPhotos, type Photo } from './photo-folder.js';
import { splitPhotos, type Split } from './split.js';

/** Drawn images of each category that are imported, and that are asked with. */
const GALLERY_PER_CATEGORY = 24;
const QUERIES_PER_CATEGORY = 5;
/** Of a folder of photos: the share of a category that is held out, and at most how many. */
const HELD_OUT_SHARE = 0.2;
const HELD_OUT_PER_CATEGORY = 10;

/** What a demo works with: images to import, and unseen ones to ask with. */
export interface Material extends Split<Photo> {
  /** For a person: what was searched. */
  readonly subject: string;
}

/**
 * Draws a gallery and unseen queries from other seeds of the same categories.
 *
 * @param folder where the images are written, below `gallery/` and `unseen/`
 */
export async function drawMaterial(
  folder: string,
  seed: number,
  onProgress: (line: string) => void,
): Promise<Material> {
  const { writeGallery } = await import('#libs/testing');
  const draw = async (name: string, perCategory: number, itsSeed: number) => {
    const target = path.join(folder, name);
    await writeGallery(target, {
      perCategory,
      seed: itsSeed,
      onProgress: (done: number, total: number) => onProgress(`Drawing ${name} images: ${done} of ${total}`),
    });
    return listPhotos(target);
  };
  const gallery = await draw('gallery', GALLERY_PER_CATEGORY, seed);
  const queries = await draw('unseen', QUERIES_PER_CATEGORY, seed + 1);
  return { gallery, queries, subject: subjectOf('drawn image', gallery) };
}

/**
 * A folder of photos, split; its sub-folders are the categories. Without sub-folders there are no categories, and the
 * neighbours are only shown.
 *
 * @throws DomainError `import_source_unreadable` when there are fewer than two images
 */
export async function photoMaterial(folder: string, seed: number): Promise<Material> {
  const photos = await distinctPhotos(await listPhotos(folder));
  if (photos.length < 2)
    throw new DomainError(
      'import_source_unreadable',
      `${folder} holds ${formatNoun(photos.length, 'image')}; a demo needs two or more.`,
    );
  // Loose files beside category folders have no ground truth; alone they are all there is.
  const sorted = photos.some(({ category }) => category !== undefined)
    ? photos.filter(({ category }) => category !== undefined)
    : photos;
  const split = splitPhotos(sorted, { share: HELD_OUT_SHARE, perCategory: HELD_OUT_PER_CATEGORY, seed });
  return { ...split, subject: subjectOf('photo', split.gallery) };
}

function subjectOf(noun: string, photos: readonly Photo[]): string {
  const categories = new Set(photos.flatMap(({ category }) => category ?? []));
  const images = formatNoun(photos.length, noun);
  return categories.size === 0 ? images : `${images} in ${formatNoun(categories.size, 'category', 'categories')}`;
}
