import sharp from 'sharp';
import type { HeatGrid, PixelView, RgbPixels, Thumbnail } from './image-decoder.js';
import { viewGeometry, type Region, type Size } from './view-geometry.js';

/** Longest side of an overlay, pixels. */
export const OVERLAY_SIZE = 384;
const MOST_OPAQUE = 0.72;
const WARM = [255, 92, 0] as const;
const COLD = [0, 96, 255] as const;

/**
 * Lays a grid of numbers over the part of a picture that the encoder saw: warm where a number is over zero, cold where it
 * is under, the more opaque the larger.
 *
 * @param shown the picture, small
 * @param whole size of what `shown` shows, in pixels of the image
 * @param seen the part of `whole` that the view was taken from
 */
export async function drawHeat(
  shown: RgbPixels,
  whole: Size,
  seen: Region,
  view: PixelView,
  grid: HeatGrid,
): Promise<Thumbnail> {
  const { scaled, crop } = viewGeometry(seen, view);
  const [x, y] = [
    (seen.width / scaled.width / whole.width) * shown.width,
    (seen.height / scaled.height / whole.height) * shown.height,
  ];
  const left = Math.round((seen.left / whole.width) * shown.width + crop.left * x);
  const top = Math.round((seen.top / whole.height) * shown.height + crop.top * y);
  const width = Math.max(1, Math.min(shown.width - left, Math.round(crop.width * x)));
  const height = Math.max(1, Math.min(shown.height - top, Math.round(crop.height * y)));
  const heat = await sharp(colours(grid), { raw: { width: grid.columns, height: grid.rows, channels: 4 } })
    .resize({ width, height, fit: 'fill', kernel: 'cubic' })
    .png()
    .toBuffer();
  const { width: w, height: h, data } = shown;
  const calm = await sharp(data, { raw: { width: w, height: h, channels: 3 } })
    .modulate({ saturation: 0.35, brightness: 0.85 })
    .png()
    .toBuffer();
  return {
    mediaType: 'image/png',
    data: await sharp(calm)
      .composite([{ input: heat, left, top }])
      .png()
      .toBuffer(),
  };
}

function colours({ cells, peak }: HeatGrid): Uint8Array {
  const pixels = new Uint8Array(cells.length * 4);
  for (const [at, value] of cells.entries()) {
    const share = peak > 0 ? Math.min(1, Math.abs(value) / peak) : 0;
    pixels.set(value >= 0 ? WARM : COLD, at * 4);
    pixels[at * 4 + 3] = Math.round(255 * MOST_OPAQUE * share);
  }
  return pixels;
}
