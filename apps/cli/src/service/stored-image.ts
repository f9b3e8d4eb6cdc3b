import type { ImageRecord, ImageSource } from '#libs/catalogue';
import { sourceLabel } from './source-label.js';

/** A stored image: times as ISO strings, whether it came over HTTP or not. */
export interface StoredImage extends Pick<
  ImageRecord,
  'id' | 'sha256' | 'format' | 'width' | 'height' | 'bytes' | 'metadata' | 'collections'
> {
  /** Path the image was imported from, or the external id or file name it was posted under. */
  readonly source: string;
  readonly sources: readonly ImageSource[];
  /** The original stays where it was imported from. */
  readonly referenced: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Ids are strings in the API, and the answer says where the image's files are, too. */
export type ImageAnswer = Omit<StoredImage, 'id'> & { readonly id: string };

export const answeredImage = (image: ImageAnswer): StoredImage => ({
  ...told(image),
  id: Number(image.id),
  referenced: image.referenced,
  createdAt: image.createdAt,
  updatedAt: image.updatedAt,
});

export const recordedImage = (image: ImageRecord): StoredImage => ({
  ...told(image),
  id: image.id,
  referenced: image.referencePath !== null,
  createdAt: image.createdAt.toISOString(),
  updatedAt: image.updatedAt.toISOString(),
});

/** What both say alike. */
const told = (image: Omit<ImageAnswer, 'id' | 'source' | 'referenced' | 'createdAt' | 'updatedAt'>) => ({
  source: sourceLabel(image.sources),
  sources: image.sources,
  sha256: image.sha256,
  format: image.format,
  width: image.width,
  height: image.height,
  bytes: image.bytes,
  metadata: image.metadata,
  collections: image.collections,
});
