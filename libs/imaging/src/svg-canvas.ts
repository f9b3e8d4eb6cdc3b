import sharp, { type Sharp } from 'sharp';

export type DrawingFormat = 'jpeg' | 'jpeg-cmyk' | 'png' | 'png-16bit';

export interface Drawing {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly format: DrawingFormat;
  /** 1 to 100, JPEG only. */
  readonly quality?: number;
  /** EXIF orientation, 1 to 8, written into the file without turning the pixels. */
  readonly orientation?: number;
  /** Brightness noise like a sensor's, the same for the same seed. `sigma` is in levels of 0–255. */
  readonly grain?: { readonly sigma: number; readonly seed: number };
}

/**
 * Draws the project's own pictures (demo gallery, test fixtures). For trusted SVG only: files of users are never rendered,
 * the decoder refuses them.
 *
 * @param svg a document whose viewBox is stretched to `width` × `height`
 */
export async function renderSvg(svg: string, drawing: Drawing): Promise<Buffer> {
  const { width, height } = drawing;
  const { data } = await sharp(Buffer.from(svg))
    .resize(width, height, { fit: 'fill' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (drawing.grain !== undefined) addGrain(data, drawing.grain.sigma, drawing.grain.seed);
  const canvas = sharp(data, { raw: { width, height, channels: 3 } });
  const turned = drawing.orientation === undefined ? canvas : canvas.withMetadata({ orientation: drawing.orientation });
  return encode(turned, drawing).toBuffer();
}

/** An animated GIF of equally large frames; trusted SVG only, as above. */
export async function renderAnimation(
  frames: readonly string[],
  size: { width: number; height: number },
): Promise<Buffer> {
  const drawn = await Promise.all(frames.map((svg) => renderSvg(svg, { ...size, format: 'png' })));
  return sharp(drawn, { join: { animated: true } })
    .gif()
    .toBuffer();
}

function encode(canvas: Sharp, { format, quality = 88 }: Drawing): Sharp {
  switch (format) {
    case 'jpeg':
      return canvas.jpeg({ quality });
    case 'jpeg-cmyk':
      return canvas.toColourspace('cmyk').jpeg({ quality });
    case 'png':
      return canvas.png();
    case 'png-16bit':
      return canvas.toColourspace('rgb16').png();
  }
}

/** Sums of three uniform numbers stand in for a normal distribution; xorshift32 gives the numbers. */
function addGrain(pixels: Buffer, sigma: number, seed: number): void {
  let state = (seed ^ 0x9e3779b9) | 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
  for (let at = 0; at + 2 < pixels.length; at += 3) {
    const noise = (uniform() + uniform() + uniform() - 1.5) * 2 * sigma;
    for (let channel = at; channel < at + 3; channel++) {
      pixels[channel] = Math.max(0, Math.min(255, Math.round((pixels[channel] ?? 0) + noise)));
    }
  }
}
