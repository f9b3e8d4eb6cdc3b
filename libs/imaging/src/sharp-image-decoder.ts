import sharp, { type Metadata, type Sharp } from 'sharp';
import type { LimitSettings } from '#libs/config';
import { DomainError, formatBytes, formatCount, formatSize } from '#libs/errors';
import {
  ImageDecoder,
  type HeatGrid,
  type ImageFacts,
  type ImageFormat,
  type ImageRegion,
  type PixelView,
  type PreparedImage,
  type RgbPixels,
  type Thumbnail,
} from './image-decoder.js';
import { greyGrid } from './grey-grid.js';
import { samplePixels } from './sample-pixels.js';
import { drawHeat, OVERLAY_SIZE } from './heat-overlay.js';
import { HASH_SIDE, perceptualHash } from './perceptual-hash.js';
import { sniffFormat } from './sniff-format.js';
import {
  centralRegion,
  INTERMEDIATE_FACTOR,
  intermediateSize,
  pixelRegion,
  seenRegion,
  thumbnailSize,
  viewGeometry,
  type Region,
  type Size,
} from './view-geometry.js';

// Both are global to the process. Parallelism comes from many images in flight, one thread each: several threads inside one
// image gain nothing on small ones and cost on large ones. A cache of operations is of no use where no image comes twice.
sharp.concurrency(1);
sharp.cache(false);

const WHITE = '#ffffff';
const THUMBNAIL_QUALITY = 80;

/**
 * libvips through sharp. Work runs on libuv's thread pool, never on the calling thread; how many images are worked on at
 * once is bounded by UV_THREADPOOL_SIZE. Safe to share.
 */
export class SharpImageDecoder extends ImageDecoder {
  constructor(private readonly limits: LimitSettings) {
    super();
  }

  async prepare(bytes: Buffer, view: PixelView): Promise<PreparedImage> {
    const facts = await this.inspect(bytes);
    return this.guard(async () => {
      if (centralRegion(facts) !== undefined) {
        // View and thumbnail of a strip have hardly a pixel in common: one intermediate for both would be huge.
        const [pixels, whole] = await Promise.all([
          this.viewOf(bytes, facts, view),
          this.decode(bytes, facts, 0, this.limits.thumbnailSize),
        ]);
        return { facts, pixels, ...(await this.ofWhole(whole, facts)) };
      }
      const raw = await this.decode(bytes, facts, shortSideFor(view), this.limits.thumbnailSize);
      const [pixels, whole] = await Promise.all([cutView(raw, facts, view), this.ofWhole(raw, facts)]);
      return { facts, pixels, ...whole };
    });
  }

  async view(bytes: Buffer, view: PixelView, region?: ImageRegion): Promise<RgbPixels> {
    const facts = await this.inspect(bytes);
    const box = region && pixelRegion(facts, region);
    return this.guard(() => this.viewOf(bytes, facts, view, box));
  }

  async overlay(bytes: Buffer, view: PixelView, grid: HeatGrid, region?: ImageRegion): Promise<Thumbnail> {
    const facts = await this.inspect(bytes);
    const box = region ? pixelRegion(facts, region) : { left: 0, top: 0, width: facts.width, height: facts.height };
    return this.guard(async () => {
      const shown = await this.decode(bytes, facts, 0, OVERLAY_SIZE, region && box);
      const small = await rawPixels(fromRaw(shown).resize({ ...thumbnailSize(box, OVERLAY_SIZE), fit: 'fill' }));
      const seen = seenRegion(facts, region && box) ?? box;
      const within = { ...seen, left: seen.left - box.left, top: seen.top - box.top };
      return drawHeat(small, box, within, view, grid);
    });
  }

  async thumbnail(bytes: Buffer): Promise<Thumbnail> {
    const facts = await this.inspect(bytes);
    return this.guard(() => this.thumbnailOf(bytes, facts));
  }

  async perceptualHash(bytes: Buffer): Promise<string> {
    const facts = await this.inspect(bytes);
    return this.guard(async () => hashOf(await this.decode(bytes, facts, 0, this.limits.thumbnailSize)));
  }

  private async ofWhole(raw: RgbPixels, facts: ImageFacts) {
    const thumbnail = encodeThumbnail(raw, thumbnailSize(facts, this.limits.thumbnailSize));
    return { perceptualHash: hashOf(raw), thumbnail: await thumbnail };
  }

  private async viewOf(bytes: Buffer, facts: ImageFacts, view: PixelView, box?: Region): Promise<RgbPixels> {
    const region = seenRegion(facts, box);
    return cutView(await this.decode(bytes, facts, shortSideFor(view), 0, region), region ?? facts, view);
  }

  private async thumbnailOf(bytes: Buffer, facts: ImageFacts): Promise<Thumbnail> {
    const raw = await this.decode(bytes, facts, 0, this.limits.thumbnailSize);
    return encodeThumbnail(raw, thumbnailSize(facts, this.limits.thumbnailSize));
  }

  /** Size limits, format and header: everything that can be refused before a pixel is decoded. */
  private async inspect(bytes: Buffer): Promise<ImageFacts> {
    if (bytes.length > this.limits.maxFileBytes) {
      throw new DomainError(
        'image_too_large',
        `The file has ${formatBytes(bytes.length)}; at most ${formatBytes(this.limits.maxFileBytes)} are allowed.`,
      );
    }
    const format = sniffFormat(bytes);
    // No pixel limit here: only the header is read, and the check below names the size in its message.
    const header = await this.guard(() => sharp(bytes, { limitInputPixels: false, failOn: 'error' }).metadata());
    if (!canBeShown(header)) throw unsupported(`${header.channels} channels of ${header.space}`);
    const facts = factsOf(bytes, format, header);
    if (facts.width * facts.height > this.limits.maxPixels) {
      throw new DomainError(
        'image_too_many_pixels',
        `The image is ${formatSize(facts)} pixels; at most ${formatCount(this.limits.maxPixels)} pixels are allowed.`,
      );
    }
    return facts;
  }

  /**
   * Decodes to an intermediate that is large enough for what is to be taken from it (see `intermediateSize`). JPEG and
   * WebP are scaled while they are decoded as far as that leaves at least this size.
   */
  private async decode(
    bytes: Buffer,
    facts: ImageFacts,
    shortest: number,
    longest: number,
    region?: Region,
  ): Promise<RgbPixels> {
    const target = intermediateSize(region ?? facts, shortest, longest);
    let image = sharp(bytes, { limitInputPixels: this.limits.maxPixels, failOn: 'error' }).autoOrient();
    if (region !== undefined) image = image.extract(region);
    image = image.flatten({ background: WHITE }).toColourspace('srgb');
    return rawPixels(image.resize({ ...target, fit: 'fill', kernel: 'cubic' }));
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explain(error);
    }
  }
}

/** Sampling without averaging tells an intermediate from the image itself, so it gets all the pixels. */
const shortSideFor = ({ antialias, resize }: PixelView) => (antialias ? resize.to * INTERMEDIATE_FACTOR : Infinity);

/**
 * Whether libvips makes red, green and blue of these channels. Asked of the header, as its own complaint cannot be relied on:
 * all threads write into one buffer of errors, so that of images in flight at once one may have another's words, or none.
 */
const canBeShown = ({ space, channels }: Metadata): boolean =>
  space !== 'multiband' && channels <= (MOST_CHANNELS[space] ?? 4);

/** With one more for transparency. */
const MOST_CHANNELS: Partial<Record<string, number>> = { 'b-w': 2, grey16: 2, cmyk: 5 };

function factsOf(bytes: Buffer, format: ImageFormat, header: Metadata): ImageFacts {
  const { width, height } = header.autoOrient;
  return { format, width, height, bytes: bytes.length, frames: header.pages ?? 1 };
}

/** @param image size of what `raw` shows, before it was scaled: the geometry follows from that, not from rounded sizes */
async function cutView(raw: RgbPixels, image: Size, view: PixelView): Promise<RgbPixels> {
  const { scaled, crop } = viewGeometry(image, view);
  if (!view.antialias) return samplePixels(raw, scaled, crop, view.kernel);
  const pixels = await rawPixels(
    fromRaw(raw)
      .resize({ ...scaled, fit: 'fill', kernel: view.kernel })
      .extract(crop),
  );
  // A copy, because whether memory that a native module allocated may be transferred to a worker is not ours to promise.
  return { ...pixels, data: new Uint8Array(pixels.data) };
}

async function encodeThumbnail(raw: RgbPixels, size: Size): Promise<Thumbnail> {
  const data = await fromRaw(raw)
    .resize({ ...size, fit: 'fill', kernel: 'cubic' })
    .jpeg({ quality: THUMBNAIL_QUALITY, optimiseCoding: false })
    .toBuffer();
  return { mediaType: 'image/jpeg', data };
}

const hashOf = (raw: RgbPixels): string => perceptualHash(greyGrid(raw, HASH_SIDE));

function fromRaw({ data, width, height }: RgbPixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}

/** Runs the pipeline to tightly packed RGB: what `canBeShown` lets through has three channels by then. */
async function rawPixels(image: Sharp): Promise<RgbPixels> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** The last one: so many channels, as in TIFFs of satellites, that sharp does not even tell of them. */
const UNSUPPORTED = /unsupported|not supported|not implemented|channel limit/i;

/** Whatever libvips has to say, as a code and a sentence. Its own words stay in the cause, for the log. */
function explain(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const words = error instanceof Error ? error.message : String(error);
  if (/pixel limit|too large/i.test(words)) {
    return new DomainError('image_too_many_pixels', 'The image has more pixels than can be decoded.', { cause: error });
  }
  // The format was recognised, so sharp's "unsupported image format" means that what follows the first bytes is broken.
  if (UNSUPPORTED.test(words) && !/contains unsupported image format/i.test(words)) {
    return unsupported(error);
  }
  if (/end of|premature|truncat|bad seek|read error/i.test(words)) {
    return new DomainError('image_corrupt', 'The image ends before it is complete, or is damaged.', { cause: error });
  }
  return new DomainError('image_corrupt', 'The image is damaged and cannot be decoded.', { cause: error });
}

function unsupported(cause: unknown): DomainError {
  const words = 'The image uses a feature of its format that cannot be decoded.';
  return new DomainError('image_format_unsupported', words, { cause });
}
