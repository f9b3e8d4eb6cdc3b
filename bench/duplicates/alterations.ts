import sharp, { type Sharp } from 'sharp';

/** What somebody may have done to a photo; each gives a file of its own. */
export interface Alteration {
  readonly name: string;
  apply(photo: Buffer): Promise<Buffer>;
}

const JPEG_QUALITY = 90;

const step = (name: string, change: (photo: Sharp, width: number, height: number) => Sharp): Alteration => ({
  name,
  apply: async (bytes) => {
    // Upright first: what follows is about the picture as it is seen.
    const upright = await sharp(bytes).autoOrient().flatten({ background: '#fff' }).png().toBuffer();
    const { width, height } = await sharp(upright).metadata();
    const changed = change(sharp(upright), width, height);
    return /^(jpeg|webp)/.test(name) ? changed.toBuffer() : changed.jpeg({ quality: JPEG_QUALITY }).toBuffer();
  },
});

/** @param part of width and height that is kept @param at 0: the top left corner, 0.5: the middle */
const crop = (part: number, at: number) => (photo: Sharp, width: number, height: number) => {
  const [w, h] = [Math.max(1, Math.round(width * part)), Math.max(1, Math.round(height * part))];
  return photo.extract({ left: Math.floor((width - w) * at), top: Math.floor((height - h) * at), width: w, height: h });
};

const scale = (factor: number) => (photo: Sharp, width: number) =>
  photo.resize({ width: Math.max(8, Math.round(width * factor)) });

/** @param part of the shorter side, on every side */
const border = (part: number, colour: string) => (photo: Sharp, width: number, height: number) => {
  const side = Math.max(1, Math.round(Math.min(width, height) * part));
  return photo.extend({ top: side, bottom: side, left: side, right: side, background: colour });
};

/** Letters as strokes on a grid of 3 × 5, so that the text is the same whatever fonts a machine has. */
const LETTERS = [
  '111101111101101',
  '110101110101110',
  '111100100100111',
  '111100110100111',
  '101101111101101',
  '111010010010111',
];

/** A line of text over the photo. @param part of the height that it takes @param bar on a black bar at the foot, else across the middle */
const text = (part: number, bar: boolean) => (photo: Sharp, width: number, height: number) => {
  const tall = Math.max(5, Math.round(height * part));
  const cell = (tall * 0.6) / 5;
  const strokes: string[] = [];
  for (let letter = 0; letter * 4 * cell < width - 4 * cell; letter++) {
    [...(LETTERS[letter % LETTERS.length] ?? '')].forEach((on, at) => {
      if (on === '0') return;
      const [x, y] = [cell * (4 * letter + 1 + (at % 3)), tall * 0.2 + cell * Math.floor(at / 3)];
      strokes.push(`<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="#fff"/>`);
    });
  }
  const ground = bar ? `<rect width="${width}" height="${tall}" fill="#000"/>` : '';
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${tall}">${ground}${strokes.join('')}</svg>`;
  const top = bar ? height - tall : Math.floor((height - tall) / 2);
  return photo.composite([{ input: Buffer.from(drawing), left: 0, top }]);
};

/** In the order of the table. */
export const ALTERATIONS: readonly Alteration[] = [
  step('jpeg, quality 70', (photo) => photo.jpeg({ quality: 70 })),
  step('jpeg, quality 40', (photo) => photo.jpeg({ quality: 40 })),
  step('jpeg, quality 15', (photo) => photo.jpeg({ quality: 15 })),
  step('webp, quality 50', (photo) => photo.webp({ quality: 50 })),
  step('scaled by 2', scale(2)),
  step('scaled by 1/2', scale(0.5)),
  step('scaled by 1/4', scale(0.25)),
  step('cropped to 95 %', crop(0.95, 0.5)),
  step('cropped to 90 %', crop(0.9, 0.5)),
  step('cropped to 90 %, a corner', crop(0.9, 0)),
  step('cropped to 80 %', crop(0.8, 0.5)),
  step('cropped to 65 %', crop(0.65, 0.5)),
  step('white border, 3 %', border(0.03, '#fff')),
  step('black border, 8 %', border(0.08, '#000')),
  step('white border, 15 %', border(0.15, '#fff')),
  step('text across, 8 %', text(0.08, false)),
  step('text across, 15 %', text(0.15, false)),
  step('bar of text, 10 %', text(0.1, true)),
  step('bar of text, 20 %', text(0.2, true)),
  step('mirrored', (photo) => photo.flop()),
];
