import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { pixelDifference } from './testing/compare-pixels.js';
import fixtures from './testing/resize-fixtures.json' with { type: 'json' };
import { decoder } from './testing/sample-images.js';

const [WIDTH, HEIGHT, SIDE] = [64, 48, 20];

/** The picture of reference/resize_fixtures.py. */
function picture(): Promise<Buffer> {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH), i % 3];
    const edge = 90 * ((Math.floor(x / 11) + Math.floor(y / 7)) % 2);
    return (x * 5 + y * 9 + c * 40 + Math.floor((x * y) / 7) + edge) % 256;
  });
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .png()
    .toBuffer();
}

async function resized(kernel: 'nearest' | 'linear' | 'cubic' | 'lanczos3', antialias: boolean) {
  return decoder().view(await picture(), { size: SIDE, resize: { rule: 'stretch', to: SIDE }, kernel, antialias });
}

const published = (text: string) => ({ width: SIDE, height: SIDE, data: new Uint8Array(Buffer.from(text, 'base64')) });

describe('the encoder view against what others publish', () => {
  it.each(['nearest', 'linear', 'cubic'] as const)(
    'is what TensorFlow gives without antialiasing: %s',
    async (kernel) => {
      const { max } = pixelDifference(await resized(kernel, false), published(fixtures.tensorflow[kernel]));
      expect(max).toBeLessThanOrEqual(1);
    },
  );

  it.each(['linear', 'cubic', 'lanczos3'] as const)('is close to what Pillow gives with it: %s', async (kernel) => {
    const { mean, max } = pixelDifference(await resized(kernel, true), published(fixtures.pillow[kernel]));
    expect(mean).toBeLessThan(1);
    // Measured 14, 8 and 7: libvips computes in fixed point, and the picture is small and full of edges.
    expect(max).toBeLessThanOrEqual(16);
  });
});
