import { DomainError, formatSize } from '#libs/errors';
import type { ImageRegion, PixelView } from './image-decoder.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Region extends Size {
  readonly left: number;
  readonly top: number;
}

/**
 * The encoder's view of an image, the one definition of it (training, import and search all depend on it):
 *
 * 1. upright, sRGB, 8 bits, alpha flattened on white;
 * 2. an image more elongated than `MAX_ELONGATION` : 1 is cut to that ratio around its centre;
 * 3. scaled: by the rule `shortest-side` so that the shorter side is `resize.to` and the longer one is rounded to the nearest
 *    pixel, by the rule `stretch` to `resize.to` both ways. `cubic` is Keys' kernel with a = −0.5.
 *    With `antialias` the kernel is widened by the scale when it shrinks, pixel centres aligned; where it enlarges, output
 *    pixel i is taken at i / scale in the image, as libvips does: half an output pixel from aligned centres.
 *    Without, see `samplePixels`: as TensorFlow resizes with its defaults;
 * 4. `size` × `size` cut from the centre, an odd remainder going to the right and bottom.
 *
 * For speed an antialiased step 3 may start from an intermediate whose shorter side is at least `INTERMEDIATE_FACTOR · resize.to`; at that
 * distance the two-step result stays within about one grey level of the one-step result (see the int-spec).
 */
export interface ViewGeometry {
  /** Size of the whole image when its shorter side is `resize.to`. */
  readonly scaled: Size;
  /** The part of `scaled` that the encoder sees. */
  readonly crop: Region;
}

/** Width : height (or the reverse) past which only the centre of an image is scaled; keeps a 1 × 5000 strip from being blown up. */
export const MAX_ELONGATION = 8;

/** How much larger than `resize.to` the shorter side of an intermediate must at least be, where shrinking is antialiased. */
export const INTERMEDIATE_FACTOR = 2;

const longer = ({ width, height }: Size) => Math.max(width, height);
const shorter = ({ width, height }: Size) => Math.min(width, height);

/** Steps 3 and 4 for an image (or its central region) of this size. */
export function viewGeometry(image: Size, view: PixelView): ViewGeometry {
  if (view.size > view.resize.to) {
    throw new DomainError(
      'encoder_invalid',
      `A view of ${view.size} pixels cannot be cut from an image scaled to ${view.resize.to} pixels.`,
    );
  }
  const { rule, to } = view.resize;
  const scaled = rule === 'stretch' ? { width: to, height: to } : scaledTo(image, to / shorter(image));
  const left = Math.floor((scaled.width - view.size) / 2);
  const top = Math.floor((scaled.height - view.size) / 2);
  return { scaled, crop: { left, top, width: view.size, height: view.size } };
}

/** Step 2: the central region of a very elongated image, undefined for any other. */
export function centralRegion(image: Size): Region | undefined {
  const limit = shorter(image) * MAX_ELONGATION;
  if (longer(image) <= limit) return undefined;
  const width = Math.min(image.width, limit);
  const height = Math.min(image.height, limit);
  return { left: Math.floor((image.width - width) / 2), top: Math.floor((image.height - height) / 2), width, height };
}

/** What an encoder's view is taken from: of the image, or of the box that is looked at, the centre where it is a strip. */
export function seenRegion(image: Size, box?: Region): Region | undefined {
  if (box === undefined) return centralRegion(image);
  const centre = centralRegion(box);
  return centre ? { ...centre, left: box.left + centre.left, top: box.top + centre.top } : box;
}

/**
 * The whole pixels of an image that a region touches.
 *
 * @throws DomainError `region_outside_image` where it touches none
 */
export function pixelRegion(image: Size, region: ImageRegion): Region {
  const [x, y] = region.unit === 'fractions' ? [image.width, image.height] : [1, 1];
  const left = Math.max(0, Math.floor(region.left * x));
  const top = Math.max(0, Math.floor(region.top * y));
  const right = Math.min(image.width, Math.ceil((region.left + region.width) * x));
  const bottom = Math.min(image.height, Math.ceil((region.top + region.height) * y));
  if (right > left && bottom > top) return { left, top, width: right - left, height: bottom - top };
  throw new DomainError(
    'region_outside_image',
    `The region lies outside of the image, which is ${formatSize(image)} pixels.`,
  );
}

/** Size of a thumbnail: the whole image, its longer side at most `longest`, never enlarged, at least one pixel each way. */
export function thumbnailSize(image: Size, longest: number): Size {
  return scaledTo(image, Math.min(1, longest / longer(image)));
}

/**
 * Size of the intermediate from which view and thumbnail are both taken: large enough for either, never enlarged. An image
 * that is only a little larger is kept as it is, since scaling it would cost more than it saves.
 *
 * @param shortest pixels the shorter side must have; 0 where no view is wanted, Infinity for one that samples every pixel's place
 * @param longest pixels the longer side must have; 0 where no thumbnail is wanted
 */
export function intermediateSize(image: Size, shortest: number, longest: number): Size {
  const scale = Math.max(shortest / shorter(image), longest / longer(image));
  return scale > 0.75 ? { width: image.width, height: image.height } : scaledTo(image, scale);
}

function scaledTo(image: Size, scale: number): Size {
  return {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  };
}
