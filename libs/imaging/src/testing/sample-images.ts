import sharp, { type Sharp } from 'sharp';
import type { PixelView } from '../image-decoder.js';
import { SharpImageDecoder } from '../sharp-image-decoder.js';

export const LIMITS = { maxFileBytes: 20_000_000, maxPixels: 40_000_000, thumbnailSize: 256 };
export const VIEW: PixelView = {
  size: 128,
  resize: { rule: 'shortest-side', to: 128 },
  kernel: 'cubic',
  antialias: true,
};

export const decoder = (limits: Partial<typeof LIMITS> = {}) => new SharpImageDecoder({ ...LIMITS, ...limits });

/** Red, green, blue and yellow, row by row from the top left. */
export const QUARTERS = [
  [208, 48, 32],
  [32, 160, 64],
  [32, 64, 192],
  [224, 192, 32],
] as const;

/** Pixels of four plain quarters, for any format to be made of. */
export function quarters(width = 96, height = 64): Sharp {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const quarter = (Math.floor(i / width) < height / 2 ? 0 : 2) + (i % width < width / 2 ? 0 : 1);
    data.set(QUARTERS[quarter] ?? QUARTERS[0], i * 3);
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Waves of many directions and lengths with sharp edges and a little noise: hard to scale wrongly unnoticed. */
export function testPattern(
  width: number,
  height: number,
): { data: Buffer; width: number; height: number; image: Sharp } {
  const data = Buffer.alloc(width * height * 3);
  let noise = 12345;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
      const edge = (Math.floor(x / 23) + Math.floor(y / 17)) % 2 === 0 ? 50 : 0;
      const at = (y * width + x) * 3;
      data[at] = 128 + 70 * Math.sin(x / 5 + y / 11) + edge;
      data[at + 1] = 90 + 60 * Math.cos((x * y) / 900) + edge;
      data[at + 2] = 60 + edge + 100 * (x / width) + (noise >>> 28);
    }
  }
  return { data, width, height, image: sharp(data, { raw: { width, height, channels: 3 } }) };
}
