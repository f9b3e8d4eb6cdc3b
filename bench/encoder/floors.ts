import pLimit from 'p-limit';
import { loadSettings } from '#libs/config';
import { SharpImageDecoder, type RgbPixels } from '#libs/imaging';
import { ofFile } from '../lib/photo-files.js';

const SIDE = 32;
const LEVELS = 4;
/** Low frequencies kept of each axis. */
const FREQUENCIES = 8;

export interface Floor {
  readonly name: string;
  readonly dimension: number;
  readonly vectors: Float32Array;
}

/**
 * Two descriptors without any learning, below which no encoder should be: a joint colour histogram of 4 × 4 × 4 bins
 * (square roots of the shares, so that the cosine is the Bhattacharyya coefficient) and a perceptual hash (signs of the
 * lowest 8 × 8 frequencies of the grey picture's cosine transform against their median, as ±1, so that the cosine is
 * 1 − 2 · Hamming distance / 64).
 */
export async function describeByFloors(files: readonly string[]): Promise<Floor[]> {
  const decoder = new SharpImageDecoder(loadSettings(process.env).limits);
  const view = {
    size: SIDE,
    resize: { rule: 'stretch', to: SIDE },
    kernel: 'cubic',
    antialias: true,
  } as const;
  const floors: Floor[] = [
    { name: 'colour histogram', dimension: LEVELS ** 3, vectors: new Float32Array(files.length * LEVELS ** 3) },
    {
      name: 'perceptual hash',
      dimension: FREQUENCIES ** 2,
      vectors: new Float32Array(files.length * FREQUENCIES ** 2),
    },
  ];
  const describers = [colourHistogram, perceptualHash];
  const limit = pLimit(32);
  await Promise.all(
    files.map((file, row) =>
      limit(async () => {
        const pixels = await ofFile(file, (bytes) => decoder.view(bytes, view));
        for (const [at, floor] of floors.entries()) {
          const vector = describers[at]?.(pixels);
          if (vector) floor.vectors.set(vector, row * floor.dimension);
        }
      }),
    ),
  );
  return floors;
}

function colourHistogram({ data }: RgbPixels): Float32Array {
  const counts = new Float32Array(LEVELS ** 3);
  const bin = (byte = 0): number => Math.floor((byte * LEVELS) / 256);
  for (let at = 0; at < data.length; at += 3) {
    const index = (bin(data[at]) * LEVELS + bin(data[at + 1])) * LEVELS + bin(data[at + 2]);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts.map(Math.sqrt);
}

const COSINES = Array.from({ length: FREQUENCIES }, (_, frequency) =>
  Float64Array.from({ length: SIDE }, (_pixel, at) => Math.cos((Math.PI * (2 * at + 1) * frequency) / (2 * SIDE))),
);

function perceptualHash({ data }: RgbPixels): Float32Array {
  const grey = Float64Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(3 * at, 3 * at + 3);
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  });
  const coefficients = COSINES.flatMap((vertical) =>
    COSINES.map((horizontal) =>
      grey.reduce(
        (sum, value, at) => sum + value * (vertical[Math.floor(at / SIDE)] ?? 0) * (horizontal[at % SIDE] ?? 0),
        0,
      ),
    ),
  );
  // The first is the picture's brightness, which says nothing of its shapes.
  const sorted = coefficients.slice(1).sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1] ?? 0;
  return Float32Array.from(coefficients, (value) => (value > middle ? 1 : -1));
}
