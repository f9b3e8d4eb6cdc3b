/** The view of an image that an encoder takes: what its manifest says of resizing and cropping. */
export interface PixelView {
  /** Side of the square view, in pixels. */
  readonly size: number;
  /**
   * `shortest-side`: scale so that the shorter side is `to` pixels; `stretch`: scale to `to` × `to`, whatever the shape
   * of the image. Then `size` × `size` are cut from the centre.
   */
  readonly resize: { readonly rule: 'shortest-side' | 'stretch'; readonly to: number };
  readonly kernel: 'nearest' | 'linear' | 'cubic' | 'lanczos3';
  /** Whether shrinking averages over all the pixels it leaves out, or samples the image at single points. */
  readonly antialias: boolean;
}

/** A part of an image, as it is seen upright; must overlap the image, and what lies outside is left out. */
export interface ImageRegion {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** `fractions`: of the image's width and height. */
  readonly unit: 'pixels' | 'fractions';
}

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff';

/** What an image is, after its orientation has been applied. */
export interface ImageFacts {
  readonly format: ImageFormat;
  /** Pixels, upright. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** Frames or pages; only the first is used. */
  readonly frames: number;
}

/** Interleaved 8-bit sRGB, row by row: length = width · height · 3. */
export interface RgbPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface PreparedImage {
  readonly facts: ImageFacts;
  /** `view.size` × `view.size`. */
  readonly pixels: RgbPixels;
  /** An encoded thumbnail without any metadata of the original. */
  readonly thumbnail: Thumbnail;
  /** Of the whole image, upright: 16 hexadecimal digits, see `perceptualHash`. */
  readonly perceptualHash: string;
}

export interface Thumbnail {
  readonly mediaType: string;
  readonly data: Buffer;
}

/** Numbers laid over a picture, row by row; shown in full strength at `peak`. */
export interface HeatGrid {
  readonly rows: number;
  readonly columns: number;
  readonly cells: readonly number[];
  readonly peak: number;
}

/**
 * Port: turns the bytes of a file into pixels. Applies the orientation once, converts to sRGB, flattens alpha on white,
 * takes the first frame of an animation. Every method throws a DomainError with an `image_*` code for input it cannot use.
 */
export abstract class ImageDecoder {
  /** Decodes once and derives the encoder's view, the thumbnail and the perceptual hash from it. */
  abstract prepare(bytes: Buffer, view: PixelView): Promise<PreparedImage>;

  /**
   * The encoder's view alone, for queries and backfills.
   *
   * @param region the part that is taken for the whole image
   * @throws DomainError `region_outside_image`
   */
  abstract view(bytes: Buffer, view: PixelView, region?: ImageRegion): Promise<RgbPixels>;

  /**
   * A small PNG of the image, or of a region of it, with numbers laid over the part that the encoder's view shows.
   *
   * @throws DomainError `region_outside_image`
   */
  abstract overlay(bytes: Buffer, view: PixelView, grid: HeatGrid, region?: ImageRegion): Promise<Thumbnail>;

  /** The thumbnail alone, for one that got lost. */
  abstract thumbnail(bytes: Buffer): Promise<Thumbnail>;

  /** The perceptual hash alone, of an original or of its thumbnail: within a few bits the same. */
  abstract perceptualHash(bytes: Buffer): Promise<string>;
}
