import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import type { RgbPixels } from './image-decoder.js';
import { hashDistance, hashWords } from './perceptual-hash.js';
import { colourAt, pixelDifference } from './testing/compare-pixels.js';
import { decoder, QUARTERS, quarters, testPattern, VIEW } from './testing/sample-images.js';

/** Largest deviation of the four quarters, upright, from their colours. */
function quarterError(pixels: RgbPixels): number {
  const places = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]] as const; // prettier-ignore
  const errors = places.flatMap(([x, y], i) =>
    colourAt(pixels, x, y).map((value, c) => Math.abs(value - (QUARTERS[i]?.[c] ?? 0))),
  );
  return Math.max(...errors);
}

const thumbnailPixels = async (data: Buffer): Promise<RgbPixels> => {
  const { data: raw, info } = await sharp(data).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return { width: info.width, height: info.height, data: raw };
};

const twoFrames = async () => [await quarters().png().toBuffer(), await quarters().negate().png().toBuffer()];
const joined = async (pick: (image: Sharp) => Sharp) =>
  pick(sharp(await twoFrames(), { join: { animated: true } })).toBuffer();

describe('every format', () => {
  it.each([
    ['jpeg', 'baseline', () => quarters().jpeg({ quality: 95 }), 1, 6],
    ['jpeg', 'progressive', () => quarters().jpeg({ quality: 95, progressive: true }), 1, 6],
    ['jpeg', 'CMYK', () => quarters().toColourspace('cmyk').jpeg({ quality: 95 }), 1, 60],
    ['png', 'RGB', () => quarters().png(), 1, 0],
    ['png', 'interlaced', () => quarters().png({ progressive: true }), 1, 0],
    ['png', 'palette', () => quarters().png({ palette: true, colours: 8 }), 1, 2],
    ['png', '16-bit', () => quarters().toColourspace('rgb16').png(), 1, 1],
    ['webp', 'lossy', () => quarters().webp({ quality: 95 }), 1, 10],
    ['webp', 'lossless', () => quarters().webp({ lossless: true }), 1, 0],
    ['avif', '8-bit', () => quarters().avif({ quality: 90, effort: 0 }), 1, 10],
    ['gif', 'still', () => quarters().gif(), 1, 4],
    ['tiff', 'LZW', () => quarters().tiff({ compression: 'lzw' }), 1, 0],
    ['tiff', '16-bit', () => quarters().toColourspace('rgb16').tiff(), 1, 1],
    ['tiff', 'CMYK', () => quarters().toColourspace('cmyk').tiff(), 1, 60],
  ] as const)('%s, %s', async (format, _, make, frames, tolerance) => {
    const bytes = await make().toBuffer();
    const { facts, pixels, thumbnail } = await decoder().prepare(bytes, VIEW);
    expect(facts).toEqual({ format, width: 96, height: 64, bytes: bytes.length, frames });
    expect([pixels.width, pixels.height, pixels.data.length]).toEqual([128, 128, 128 * 128 * 3]);
    expect(quarterError(pixels)).toBeLessThanOrEqual(tolerance);
    expect(quarterError(await thumbnailPixels(thumbnail.data))).toBeLessThanOrEqual(tolerance + 6);
    expect(thumbnail.mediaType).toBe('image/jpeg');
  });

  it.each([
    ['gif', () => joined((image) => image.gif())],
    ['webp', () => joined((image) => image.webp({ lossless: true }))],
  ] as const)('takes the first frame of an animated %s', async (format, make) => {
    const { facts, pixels } = await decoder().prepare(await make(), VIEW);
    expect(facts).toMatchObject({ format, width: 96, height: 64, frames: 2 });
    expect(quarterError(pixels)).toBeLessThanOrEqual(4);
  });

  it('takes the first page of a TIFF', async () => {
    const { facts, pixels } = await decoder().prepare(
      await joined((image) => image.tiff({ compression: 'lzw' })),
      VIEW,
    );
    expect(facts).toMatchObject({ format: 'tiff', width: 96, height: 64, frames: 2 });
    expect(quarterError(pixels)).toBe(0);
  });

  it.each([
    ['JPEG', (image: Sharp) => image.greyscale().jpeg()],
    ['16-bit PNG', (image: Sharp) => image.toColourspace('grey16').png()],
    ['one bit TIFF', (image: Sharp) => image.greyscale().threshold(128).tiff({ bitdepth: 1 })],
  ])('makes three equal channels of a grey %s', async (_, make) => {
    const { data } = await decoder().view(await make(quarters()).toBuffer(), VIEW);
    expect(data.length).toBe(128 * 128 * 3);
    expect(data.every((value, i) => value === data[i - (i % 3)])).toBe(true);
    expect(new Set(data).size).toBeGreaterThan(1);
  });

  it.each(['png', 'webp', 'tiff', 'avif'] as const)('shows transparency of a %s as white', async (format) => {
    const compression = format === 'tiff' ? 'lzw' : undefined; // its default, JPEG, has no alpha
    const clear = sharp({ create: { width: 40, height: 40, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
    const { pixels, thumbnail } = await decoder().prepare(
      await clear.toFormat(format, { compression }).toBuffer(),
      VIEW,
    );
    expect(Math.min(...pixels.data)).toBeGreaterThanOrEqual(253);
    expect(Math.min(...(await thumbnailPixels(thumbnail.data)).data)).toBeGreaterThanOrEqual(252);
  });

  it('converts an embedded colour profile to sRGB', async () => {
    const wide = await quarters().withIccProfile('p3').png().toBuffer();
    expect((await sharp(wide).metadata()).hasProfile).toBe(true);
    expect(quarterError(await decoder().view(wide, VIEW))).toBeLessThanOrEqual(3);
  });
});

describe('orientation', () => {
  /** What has to be done to upright pixels so that this EXIF orientation turns them back. */
  const stored: Record<number, (image: Sharp) => Sharp> = {
    1: (image) => image,
    2: (image) => image.flop(),
    3: (image) => image.rotate(180),
    4: (image) => image.flip(),
    5: (image) => image.flop().rotate(270),
    6: (image) => image.rotate(270),
    7: (image) => image.flop().rotate(90),
    8: (image) => image.rotate(90),
  };
  const formats = {
    png: (image: Sharp) => image.png(),
    jpeg: (image: Sharp) => image.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
    webp: (image: Sharp) => image.webp({ lossless: true }),
    tiff: (image: Sharp) => image.tiff({ compression: 'lzw' }),
  };
  const tagged = async (orientation: number, format: keyof typeof formats) => {
    // rotate() after flop() would be reordered within one pipeline: two steps.
    const turned = await stored[orientation]?.(quarters()).png().toBuffer();
    if (orientation === 5 || orientation === 7) {
      const mirrored = await quarters().flop().png().toBuffer();
      const both = await sharp(mirrored)
        .rotate(orientation === 5 ? 270 : 90)
        .png()
        .toBuffer();
      return formats[format](sharp(both).withMetadata({ orientation })).toBuffer();
    }
    return formats[format](sharp(turned).withMetadata({ orientation })).toBuffer();
  };
  const all = [1, 2, 3, 4, 5, 6, 7, 8];

  it.each(all.flatMap((n) => (['jpeg', 'png', 'webp', 'tiff'] as const).map((format) => [n, format] as const)))(
    '%i of a %s is applied once',
    async (orientation, format) => {
      const bytes = await tagged(orientation, format);
      expect((await sharp(bytes).metadata()).orientation).toBe(orientation);
      const { facts, pixels, thumbnail } = await decoder().prepare(bytes, VIEW);
      expect([facts.width, facts.height]).toEqual([96, 64]);
      expect(quarterError(pixels)).toBeLessThanOrEqual(2);
      expect(quarterError(await thumbnailPixels(thumbnail.data))).toBeLessThanOrEqual(6);
      const upright = await decoder().view(await formats[format](quarters()).toBuffer(), VIEW);
      expect(pixelDifference(pixels, upright).mean).toBeLessThan(0.5);
    },
  );

  it('of an AVIF comes from its irot property alone', async () => {
    const turned = await quarters().rotate(270).png().toBuffer();
    const bytes = await sharp(turned).withMetadata({ orientation: 6 }).avif({ quality: 90, effort: 0 }).toBuffer();
    const irot = bytes.indexOf('irot');
    expect(irot).toBeGreaterThan(0);
    const both = await decoder().prepare(bytes, VIEW);
    expect([both.facts.width, both.facts.height]).toEqual([96, 64]);
    expect(quarterError(both.pixels)).toBeLessThanOrEqual(10);

    const exifOnly = Buffer.from(bytes);
    exifOnly[irot + 4] = 0;
    const { facts } = await decoder().prepare(exifOnly, VIEW);
    expect([facts.width, facts.height]).toEqual([64, 96]);
  });
});

describe('sizes', () => {
  it.each([
    [1, 1, 1, 1],
    [1, 5000, 1, 256],
    [5000, 1, 256, 1],
    [3, 2, 3, 2],
    [3000, 200, 256, 17],
    [2000, 1500, 256, 192],
    [256, 256, 256, 256],
  ])('%i × %i', async (width, height, thumbWidth, thumbHeight) => {
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      const bytes = await sharp({ create: { width, height, channels: 3, background: '#d03020' } })
        .toFormat(format)
        .toBuffer();
      const { facts, pixels, thumbnail } = await decoder().prepare(bytes, VIEW);
      expect([facts.width, facts.height]).toEqual([width, height]);
      expect(pixels.data.length).toBe(128 * 128 * 3);
      expect(Math.abs(colourAt(pixels, 0.5, 0.5)[0] - 0xd0)).toBeLessThanOrEqual(4);
      expect(await sharp(thumbnail.data).metadata()).toMatchObject({ width: thumbWidth, height: thumbHeight });
    }
  });

  it('takes a huge image, up to the limit and not above', async () => {
    const bytes = await sharp({ create: { width: 8000, height: 5000, channels: 3, background: '#808080' } })
      .jpeg()
      .toBuffer();
    expect((await decoder().prepare(bytes, VIEW)).facts).toMatchObject({ width: 8000, height: 5000 });
    await expect(decoder({ maxPixels: 8000 * 5000 - 1 }).prepare(bytes, VIEW)).rejects.toMatchObject({
      code: 'image_too_many_pixels',
    });
  });
});

describe('what is returned', () => {
  it('has no metadata in the thumbnail', async () => {
    const withGps = { IFD0: { Make: 'SecretCamera' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' } };
    for (const width of [96, 3000]) {
      const bytes = await quarters(width, 64).withExif(withGps).withIccProfile('p3').jpeg().toBuffer();
      expect((await sharp(bytes).metadata()).exif?.includes('SecretCamera')).toBe(true);
      const { thumbnail } = await decoder().prepare(bytes, VIEW);
      const { exif, icc, xmp, iptc, orientation, format } = await sharp(thumbnail.data).metadata();
      expect({ exif, icc, xmp, iptc, orientation, format }).toEqual({ format: 'jpeg' });
      expect(thumbnail.data.includes('SecretCamera')).toBe(false);
    }
  });

  it.each([
    ['a photo-like picture', 900, 700],
    ['a small one', 60, 40],
    ['a strip, whose view and thumbnail are decoded apart', 4000, 100],
  ])('has a perceptual hash that the thumbnail and the mirror image share: %s', async (_, width, height) => {
    const pattern = testPattern(width, height);
    const { perceptualHash, thumbnail } = await decoder().prepare(await pattern.image.jpeg().toBuffer(), VIEW);
    const ofThumbnail = await decoder().perceptualHash(thumbnail.data);
    expect(hashDistance(hashWords(perceptualHash), hashWords(ofThumbnail))).toBeLessThanOrEqual(6);
    const mirrored = await decoder().perceptualHash(await pattern.image.flop().png().toBuffer());
    expect(hashDistance(hashWords(perceptualHash), hashWords(mirrored))).toBeLessThanOrEqual(6);
  });

  it('can be transferred to a worker', async () => {
    const { pixels } = await decoder().prepare(await quarters().png().toBuffer(), VIEW);
    expect([pixels.data.byteOffset, pixels.data.buffer.byteLength]).toEqual([0, 128 * 128 * 3]);
    const moved = structuredClone(pixels.data, { transfer: [pixels.data.buffer as ArrayBuffer] });
    expect([pixels.data.length, moved.length]).toEqual([0, 128 * 128 * 3]);
  });

  it('is the same every time, alone or among others, by prepare, view and thumbnail', async () => {
    const bytes = await testPattern(1200, 900).image.jpeg().toBuffer();
    const first = await decoder().prepare(bytes, VIEW);
    const again = await Promise.all(Array.from({ length: 6 }, () => decoder().prepare(bytes, VIEW)));
    for (const other of again) expect(other).toEqual(first);
    expect(await decoder().view(bytes, VIEW)).toEqual(first.pixels);
    expect((await sharp((await decoder().thumbnail(bytes)).data).metadata()).width).toBe(256);
  });
});
