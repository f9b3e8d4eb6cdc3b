import type { ManifestInput } from '../../manifest.js';

/** How bytes become the numbers of an input tensor. */
export type PixelFormat = Pick<ManifestInput, 'layout' | 'colour' | 'normalisation'>;

/**
 * Writes pictures into an input tensor: tensor = (byte − mean) · scale for each channel, axes and channels in the
 * order the format names. One pass over the pixels: twice as fast as one pass a channel or a table of values.
 *
 * @param pixels interleaved RGB bytes of one or more pictures, one after the other
 * @param side width and height of each, in pixels
 * @param tensor as long as `pixels`; overwritten
 */
export function writePixels(format: PixelFormat, pixels: Uint8Array, side: number, tensor: Float32Array): void {
  const { layout, colour, normalisation } = format;
  const area = side * side;
  // Distances in the tensor between neighbouring pixels and neighbouring channels.
  const [pixelStep, channelStep] = layout === 'nchw' ? [1, area] : [3, 1];
  // Where the first and the last channel of the tensor lie within a pixel.
  const [first, last] = colour === 'rgb' ? [0, 2] : [2, 0];
  const [scale0, scale1, scale2] = normalisation.scale;
  const [zero0, zero1, zero2] = normalisation.mean;
  for (let start = 0; start < pixels.length; start += 3 * area) {
    const end = start + 3 * area;
    let to = start;
    for (let from = start; from < end; from += 3) {
      tensor[to] = ((pixels[from + first] as number) - zero0) * scale0;
      tensor[to + channelStep] = ((pixels[from + 1] as number) - zero1) * scale1;
      tensor[to + 2 * channelStep] = ((pixels[from + last] as number) - zero2) * scale2;
      to += pixelStep;
    }
  }
}
