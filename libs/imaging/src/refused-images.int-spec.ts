import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { DomainError, type ErrorCode } from '#libs/errors';
import { pngBomb, svgFile, textFileNamedJpg, truncatedJpeg, heicStub, emptyFile } from '#libs/testing';
import { channelTiff, GREY, RGB, SEPARATED } from './testing/channel-tiff.js';
import { decoder, testPattern, VIEW } from './testing/sample-images.js';

async function refusal(bytes: Buffer, limits = {}): Promise<{ code: ErrorCode; message: string }> {
  const attempts = await Promise.allSettled([
    decoder(limits).prepare(bytes, VIEW),
    decoder(limits).view(bytes, VIEW),
    decoder(limits).thumbnail(bytes),
  ]);
  const errors = attempts.map((attempt): unknown => (attempt.status === 'rejected' ? attempt.reason : 'was accepted'));
  const [first] = errors;
  if (!(first instanceof DomainError)) throw new Error(`not refused with a code: ${String(first)}`);
  for (const error of errors) expect(error).toMatchObject({ code: first.code });
  return { code: first.code, message: first.message };
}

describe('images that are refused', () => {
  it.each([
    ['an empty file', 'image_empty', () => emptyFile()],
    ['SVG', 'image_svg_disabled', () => svgFile()],
    ['HEIC', 'image_heic_unsupported', () => heicStub()],
    ['text named .jpg', 'image_format_unsupported', () => textFileNamedJpg()],
    ['a decompression bomb', 'image_too_many_pixels', () => pngBomb()],
    ['a truncated JPEG', 'image_corrupt', () => truncatedJpeg()],
    ['a PNG header alone', 'image_corrupt', () => pngBomb(10).subarray(0, 20)],
    ['a JPEG of three bytes', 'image_corrupt', () => Buffer.from([0xff, 0xd8, 0xff])],
  ] as const)('%s: %s', async (_, code, make) => {
    const { code: seen, message } = await refusal(await make());
    expect(seen).toBe(code);
    expect(message).toMatch(/^The .+\.$/);
    expect(message).not.toMatch(/vips|sharp|buffer/i);
  });

  it.each(
    (['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const).flatMap((format) =>
      [0.2, 0.6, 0.95].map((part) => [format, part] as const),
    ),
  )('a %s that ends after %f of its bytes', async (format, part) => {
    const whole = await testPattern(200, 150).image.toFormat(format).toBuffer();
    expect((await refusal(whole.subarray(0, Math.floor(whole.length * part)))).code).toBe('image_corrupt');
  });

  it('pixels of zeros after a good header', async () => {
    const png = await testPattern(200, 150).image.png().toBuffer();
    png.fill(0, 200, png.length - 12);
    expect((await refusal(png)).code).toBe('image_corrupt');
  });

  it.each([
    [RGB, 5],
    [RGB, 6],
    [GREY, 3],
    [GREY, 4],
    [SEPARATED, 3],
  ])(
    'a TIFF of photometric interpretation %i with %i channels, which is not damaged',
    async (photometric, channels) => {
      const tiff = channelTiff(photometric, channels);
      // Many at once, as libvips mixes up what it has to say of images in flight together.
      for (const seen of await Promise.all(Array.from({ length: 100 }, () => refusal(tiff))))
        expect(seen).toEqual({
          code: 'image_format_unsupported',
          message: 'The image uses a feature of its format that cannot be decoded.',
        });
    },
  );

  it.each([
    [RGB, 4],
    [SEPARATED, 5],
  ])('no TIFF of photometric interpretation %i with %i channels', async (photometric, channels) => {
    await expect(decoder().prepare(channelTiff(photometric, channels), VIEW)).resolves.toMatchObject({
      pixels: { width: VIEW.size, height: VIEW.size },
    });
  });

  it('a file with too many bytes, naming both numbers', async () => {
    const { code, message } = await refusal(await testPattern(64, 64).image.png().toBuffer(), { maxFileBytes: 1024 });
    expect(code).toBe('image_too_large');
    expect(message).toMatch(/^The file has [\d.]+ KiB; at most 1\.0 KiB are allowed\.$/);
  });

  it('says how large the bomb claims to be', async () => {
    expect((await refusal(pngBomb())).message).toBe(
      'The image is 60000 × 60000 pixels; at most 40,000,000 pixels are allowed.',
    );
  });

  it('one bad image does not disturb others in flight', async () => {
    const good = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
    const files = [good, emptyFile(), good, await truncatedJpeg(), pngBomb(), good];
    const outcomes = await Promise.allSettled(files.map((file) => decoder().prepare(file, VIEW)));
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, false, false, true]);
  });
});
