import path from 'node:path';
import pLimit from 'p-limit';
import { loadSettings } from '#libs/config';
import { findTap, loadEncoder } from '#libs/encoder';
import { hashWords, SharpImageDecoder, type HashWords } from '#libs/imaging';
import { ofFile } from '../lib/photo-files.js';
import { note } from '../lib/report.js';
import { ALTERATIONS } from './alterations.js';

const IN_FLIGHT = 16;
/** The photo itself comes first. */
export const VARIANTS = ALTERATIONS.length + 1;

/** Photos and their altered copies: copy `c` of photo `p` is row `p · VARIANTS + c`. */
export interface DescribedPhotos {
  readonly photos: number;
  readonly dimension: number;
  /** Of length 1, row by row. */
  readonly vectors: Float32Array;
  readonly hashes: readonly HashWords[];
}

/** Describes every copy of every photo through the product's own decoder, hash and encoder. */
export async function describePhotos(
  files: readonly string[],
  { name, tap, data }: { name: string; tap: string; data: string },
): Promise<DescribedPhotos> {
  const settings = loadSettings({ ...process.env, LIKENESS_ENCODER: name, LIKENESS_DATA_DIR: data });
  const decoder = new SharpImageDecoder(settings.limits);
  const encoder = await loadEncoder({ ...settings.encoder, dataDir: path.resolve(data) });
  try {
    const dimension = findTap(encoder.info, tap)?.dimension;
    if (dimension === undefined) {
      throw new Error(`${name} has no tap ${tap}; it has ${encoder.info.taps.map((one) => one.name).join(', ')}`);
    }
    const vectors = new Float32Array(files.length * VARIANTS * dimension);
    const hashes: HashWords[] = [];
    const limit = pLimit(IN_FLIGHT);
    let done = 0;
    const describe = async (bytes: Buffer, row: number): Promise<void> => {
      const { pixels, perceptualHash } = await decoder.prepare(bytes, encoder.info.view);
      const { [tap]: vector } = await encoder.encode(pixels, [tap]);
      if (vector) vectors.set(unit(vector), row * dimension);
      hashes[row] = hashWords(perceptualHash);
    };
    await Promise.all(
      files.map((file, photo) =>
        limit(async () => {
          await ofFile(file, async (bytes) => {
            await describe(bytes, photo * VARIANTS);
            for (const [at, alteration] of ALTERATIONS.entries()) {
              await describe(await alteration.apply(bytes), photo * VARIANTS + at + 1);
            }
          });
          if (++done % 50 === 0) note(`${done} of ${files.length} photos`);
        }),
      ),
    );
    return { photos: files.length, dimension, vectors, hashes };
  } finally {
    await encoder.close();
  }
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
