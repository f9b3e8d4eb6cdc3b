import sharp from 'sharp';
import { DomainError } from '#libs/errors';
import type { PreparedImage } from '#libs/imaging';
import { intermediateSize, thumbnailSize, type Size } from '../../libs/imaging/src/view-geometry.js';

/** A decoded photo on its way to becoming view and thumbnail: packed RGB. */
export interface Intermediate extends Size {
  readonly data: Buffer;
  readonly thumbnail: Size;
}

/**
 * The product cuts view and thumbnail from one decode, which its port rightly hides; to time the thumbnail by itself
 * these two functions repeat its steps. `assertSameThumbnail` fails when they no longer do.
 */
export async function decodeIntermediate(
  bytes: Buffer,
  image: Size,
  sides: { readonly view: number; readonly thumbnail: number },
): Promise<Intermediate> {
  const { data, info } = await sharp(bytes, { failOn: 'error' })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .resize({ ...intermediateSize(image, 2 * sides.view, sides.thumbnail), fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, thumbnail: thumbnailSize(image, sides.thumbnail) };
}

export async function makeThumbnail({ data, width, height, thumbnail }: Intermediate): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ ...thumbnail, fit: 'fill', kernel: 'cubic' })
    .jpeg({ quality: 80, optimiseCoding: false })
    .toBuffer();
}

/** @throws DomainError when the product makes another thumbnail than this file does */
export async function assertSameThumbnail(intermediate: Intermediate, prepared: PreparedImage): Promise<void> {
  const own = await makeThumbnail(intermediate);
  if (own.equals(prepared.thumbnail.data)) return;
  throw new DomainError('internal', 'bench/ingest/thumbnail-alone.ts no longer makes the thumbnail that imports make');
}
