import path from 'node:path';
import pLimit from 'p-limit';
import { loadSettings } from '#libs/config';
import { findTap, loadEncoder } from '#libs/encoder';
import { SharpImageDecoder } from '#libs/imaging';
import { ofFile } from '../lib/photo-files.js';

const IN_FLIGHT = 32;

/** Vectors of an encoder's tap, row by row in the order of the files, through the product's own decoder and encoder. */
export async function describeByEncoder(
  files: readonly string[],
  { name, tap, data }: { name: string; tap: string; data: string },
): Promise<{ vectors: Float32Array; dimension: number }> {
  const settings = loadSettings({ ...process.env, LIKENESS_ENCODER: name, LIKENESS_DATA_DIR: data });
  const decoder = new SharpImageDecoder(settings.limits);
  const encoder = await loadEncoder({ ...settings.encoder, dataDir: path.resolve(data) });
  try {
    const dimension = findTap(encoder.info, tap)?.dimension;
    if (dimension === undefined) {
      throw new Error(`${name} has no tap ${tap}; it has ${encoder.info.taps.map((one) => one.name).join(', ')}`);
    }
    const vectors = new Float32Array(files.length * dimension);
    const limit = pLimit(IN_FLIGHT);
    await Promise.all(
      files.map((file, row) =>
        limit(() =>
          ofFile(file, async (bytes) => {
            const pixels = await decoder.view(bytes, encoder.info.view);
            const { [tap]: vector } = await encoder.encode(pixels, [tap]);
            if (vector) vectors.set(vector, row * dimension);
          }),
        ),
      ),
    );
    return { vectors, dimension };
  } finally {
    await encoder.close();
  }
}
