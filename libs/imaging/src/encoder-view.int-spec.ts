import { describe, expect, it } from 'vitest';
import { samplePixels } from './sample-pixels.js';
import { pixelDifference } from './testing/compare-pixels.js';
import { referenceView } from './testing/reference-resize.js';
import { decoder, testPattern, VIEW } from './testing/sample-images.js';

/**
 * The fast path against the definition. libvips computes in fixed point and repeats the pixels at the edges where the
 * reference renormalises; hence the tolerances, in levels of 0–255.
 */
describe('the encoder view', () => {
  it.each([
    ['not scaled at all', 160, 128, VIEW],
    ['scaled down in one step', 300, 224, VIEW],
    ['scaled down and cut smaller', 320, 300, { ...VIEW, resize: { rule: 'shortest-side', to: 150 } }],
    ['upright', 224, 300, VIEW],
    ['enlarged', 90, 64, VIEW],
  ] as const)('equals the reference: %s', async (_, width, height, view) => {
    const pattern = testPattern(width, height);
    const pixels = await decoder().view(await pattern.image.png().toBuffer(), view);
    const { mean, max } = pixelDifference(pixels, referenceView(pattern, view));
    expect(mean).toBeLessThan(0.6);
    expect(max).toBeLessThanOrEqual(4);
  });

  it('samples single points where the encoder was trained so, from all the pixels of the file', async () => {
    const { data, image, ...size } = testPattern(900, 700);
    const view = { ...VIEW, resize: { rule: 'stretch', to: 144 }, kernel: 'linear', antialias: false } as const;
    const pixels = await decoder().view(await image.png().toBuffer(), view);
    const crop = { left: 8, top: 8, width: 128, height: 128 };
    const expected = samplePixels({ ...size, data }, { width: 144, height: 144 }, crop, 'linear');
    expect(pixelDifference(pixels, expected).max).toBe(0);
    const { pixels: prepared } = await decoder().prepare(await image.png().toBuffer(), view);
    expect(pixelDifference(prepared, expected).max).toBe(0);
  });

  it.each([
    ['png', 900, 700],
    ['jpeg', 900, 700],
    ['jpeg', 1600, 1200],
    ['webp', 900, 700],
  ] as const)('stays close to it by way of an intermediate: %s of %i × %i', async (format, width, height) => {
    const pattern = testPattern(width, height);
    const bytes = await pattern.image
      .toFormat(format, { quality: 100, chromaSubsampling: '4:4:4', lossless: true })
      .toBuffer();
    const pixels = await decoder().view(bytes, VIEW);
    const { mean, max } = pixelDifference(pixels, referenceView(pattern, VIEW));
    expect(mean).toBeLessThan(1.5);
    expect(max).toBeLessThanOrEqual(24);
  });
});
