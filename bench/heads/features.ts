import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadEncoder, type Encoder } from '#libs/encoder';
import { SharpImageDecoder } from '#libs/imaging';
import { note } from '../lib/report.js';
import type { PhotoSet } from './photo-sets.js';

/** Features of every photo of a set: per tap a row-major n × d matrix. */
export type SetFeatures = Readonly<Record<string, Float32Array>>;

const GATHER = 32;

/**
 * Extracts the taps of every photo once; later runs read what lies in `work/features`.
 *
 * @param name of the bundled encoder, or of one that `likeness models import` has put into `work`
 */
export async function featuresOf(name: string, sets: readonly PhotoSet[], work: string): Promise<SetFeatures[]> {
  let encoder: Encoder | undefined;
  const features: SetFeatures[] = [];
  try {
    for (const set of sets) {
      const cache = path.join(work, 'features', name, set.name);
      if (!existsSync(path.join(cache, 'taps.json'))) {
        encoder ??= await open(name, work);
        await extract(encoder, set, cache);
      }
      features.push(await readCached(cache));
    }
  } finally {
    await encoder?.close();
  }
  return features;
}

const open = (name: string, dataDir: string): Promise<Encoder> =>
  loadEncoder({ name, dataDir, tap: 'penultimate', runtime: 'onnx', device: 'cpu', threads: 2, maxBatch: 16 });

async function extract(encoder: Encoder, set: PhotoSet, cache: string): Promise<void> {
  const decoder = new SharpImageDecoder({ maxPixels: 1e9, maxFileBytes: 1e9, thumbnailSize: 64 });
  const taps = encoder.info.taps.map((tap) => tap.name);
  const matrices = encoder.info.taps.map(({ dimension }) => new Float32Array(set.photos.length * dimension));
  for (let first = 0; first < set.photos.length; first += GATHER) {
    if (first % 320 === 0) note(`${encoder.info.name}: ${set.name} ${first} of ${set.photos.length}`);
    await Promise.all(
      set.photos.slice(first, first + GATHER).map(async ({ file }, offset) => {
        const pixels = await decoder.view(await readFile(file), encoder.info.view);
        const vectors = await encoder.encode(pixels, taps);
        taps.forEach((tap, at) => {
          const vector = vectors[tap] as Float32Array;
          matrices[at]?.set(vector, (first + offset) * vector.length);
        });
      }),
    );
  }
  await mkdir(cache, { recursive: true });
  await Promise.all(taps.map((tap, at) => writeFile(path.join(cache, `${tap}.f32`), matrices[at] as Float32Array)));
  await writeFile(path.join(cache, 'taps.json'), JSON.stringify(taps));
}

async function readCached(cache: string): Promise<SetFeatures> {
  const taps = JSON.parse(await readFile(path.join(cache, 'taps.json'), 'utf8')) as string[];
  const features: Record<string, Float32Array> = {};
  for (const tap of taps) {
    const bytes = await readFile(path.join(cache, `${tap}.f32`));
    features[tap] = new Float32Array(new Uint8Array(bytes).buffer);
  }
  return features;
}
