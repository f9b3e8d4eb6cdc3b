import type { EncoderInput } from '../encoder.js';

/** Pictures drawn by whole-number arithmetic alone, so that they are the same bytes on every machine. */
export function drawPicture(name: PictureName, size: number): EncoderInput {
  const data = new Uint8Array(3 * size * size);
  const colour = DRAWINGS[name];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) data.set(colour(x, y, size), 3 * (y * size + x));
  }
  return { width: size, height: size, data };
}

type Colour = readonly [red: number, green: number, blue: number];

const DRAWINGS = {
  gradient: (x: number, y: number, size: number): Colour => [
    Math.floor((255 * x) / size),
    Math.floor((255 * y) / size),
    Math.floor((255 * (x + y)) / (2 * size)),
  ],
  checker: (x: number, y: number): Colour => (((x >> 4) + (y >> 4)) % 2 === 0 ? [230, 60, 40] : [20, 70, 200]),
  disc: (x: number, y: number, size: number): Colour =>
    (2 * x - size) ** 2 + (2 * y - size) ** 2 < (size * size) / 2 ? [250, 210, 30] : [40, 110, 50],
  noise: (x: number, y: number, size: number): Colour => {
    const at = 3 * (y * size + x);
    return [hash(at) & 255, hash(at + 1) & 255, hash(at + 2) & 255];
  },
};

export type PictureName = keyof typeof DRAWINGS;
export const PICTURE_NAMES = Object.keys(DRAWINGS) as PictureName[];

/** A different picture for every seed: noise in blocks, so that it has structure the network can see. */
export function drawBlocks(seed: number, size: number): EncoderInput {
  const data = new Uint8Array(3 * size * size);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    const block = Math.floor(pixel / size / 16) * 1000 + Math.floor((pixel % size) / 16);
    data[i] = hash(seed * 1_000_003 + block * 3 + (i % 3)) & 255;
  }
  return { width: size, height: size, data };
}

/** Mulberry32's mixing step: a 32-bit integer that looks random. */
function hash(seed: number): number {
  let mixed = Math.imul(seed + 0x6d2b79f5, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
