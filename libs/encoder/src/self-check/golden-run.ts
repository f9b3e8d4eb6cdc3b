import type { Encoder, EncoderInput } from '../encoder.js';
import type { EncoderManifest } from '../manifest.js';
import type { GoldenVectors } from './compare-vectors.js';
import { drawBlocks, drawPicture, PICTURE_NAMES } from './pictures.js';

/** Least cosine to the CPU's answer, by how precisely the network computes. */
export const TOLERANCES: Readonly<Record<NonNullable<EncoderManifest['precision']>, number>> = {
  float32: 0.9999,
  float16: 0.999,
  int8: 0.99,
};

export const toleranceOf = ({ precision = 'float32' }: EncoderManifest): number => TOLERANCES[precision];

/** The pictures every execution of an encoder is tried on, drawn in the size it takes. */
export function goldenPictures(size: number): Record<string, EncoderInput> {
  const drawn = PICTURE_NAMES.map((name) => [name, drawPicture(name, size)] as const);
  const blocks = [1, 2, 3, 4].map((seed) => [`blocks-${seed}`, drawBlocks(seed, size)] as const);
  return Object.fromEntries([...drawn, ...blocks]);
}

/** All taps of all golden pictures, handed in together so that they travel as batches. */
export async function encodeGolden(encoder: Encoder): Promise<GoldenVectors> {
  const taps = encoder.info.taps.map(({ name }) => name);
  const pictures = Object.entries(goldenPictures(encoder.info.view.size));
  const vectors = await Promise.all(
    pictures.map(async ([name, picture]) => [name, await encoder.encode(picture, taps)]),
  );
  return Object.fromEntries(vectors) as GoldenVectors;
}

/**
 * Images a second when there is always a next batch waiting, as during an import.
 *
 * @param seconds for how long; a warm-up comes before
 */
export async function measureRate(
  encoder: Encoder,
  { threads, maxBatch, seconds }: { threads: number; maxBatch: number; seconds: number },
): Promise<number> {
  const picture = drawBlocks(7, encoder.info.view.size);
  const taps = encoder.info.taps.slice(0, 1).map(({ name }) => name);
  const callers = Array.from({ length: 2 * threads * maxBatch });
  await Promise.all(callers.map(() => encoder.encode(picture, taps)));
  const start = performance.now();
  const end = start + 1000 * seconds;
  let done = 0;
  const call = async () => {
    while (performance.now() < end) {
      await encoder.encode(picture, taps);
      done++;
    }
  };
  await Promise.all(callers.map(call));
  return (1000 * done) / (performance.now() - start);
}
