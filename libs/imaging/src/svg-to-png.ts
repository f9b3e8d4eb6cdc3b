import sharp from 'sharp';

/**
 * Draws an SVG of our own at twice its size, so that text stays sharp. For trusted SVG only: files of users are never
 * rendered, the decoder refuses them.
 */
export function svgToPng(svg: string): Promise<Buffer> {
  return sharp(Buffer.from(svg), { density: 144 }).png().toBuffer();
}
