import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findModel, loadEncoder, modelRoots, type Encoder } from '#libs/encoder';
import { SharpImageDecoder } from '#libs/imaging';
import { ofFile } from '../lib/photo-files.js';
import { note } from '../lib/report.js';
import { readKept, type Source } from './kept.js';
import { photosDigest, type PhotoSet } from './photo-sets.js';

/** Features of every photo of a set: per tap a row-major n × d matrix. */
export type SetFeatures = Readonly<Record<string, Float32Array>>;

/** What the matrices beside it are; `scikit.py` reads it, too. */
interface Contents {
  readonly taps: readonly string[];
  /** Category of each row. */
  readonly categories: readonly number[];
}

const CONTENTS = 'contents.json';
const GATHER = 32;

/**
 * Extracts the taps of every photo once; later runs read what lies in `work/features`.
 *
 * @param name of the bundled encoder, or of one that `likeness models import` has put into `work`
 * @throws Error where other features lie there
 */
export async function featuresOf(
  name: string,
  sets: readonly PhotoSet[],
  work: string,
): Promise<{ fingerprint: string; features: SetFeatures[] }> {
  const { fingerprint } = await findModel(name, modelRoots(work));
  let encoder: Encoder | undefined;
  const features: SetFeatures[] = [];
  try {
    for (const set of sets) {
      const cache = path.join(work, 'features', name, set.name);
      const source = { fingerprint, photos: { [set.name]: photosDigest(set) } };
      if ((await readKept(path.join(cache, CONTENTS), source, work)) === null) {
        encoder ??= await open(name, work);
        await extract(encoder, set, cache, source);
      }
      features.push(await readCached(cache));
    }
  } finally {
    await encoder?.close();
  }
  return { fingerprint, features };
}

const open = (name: string, dataDir: string): Promise<Encoder> =>
  loadEncoder({ name, dataDir, tap: 'penultimate', runtime: 'onnx', device: 'cpu', threads: 2, maxBatch: 16 });

async function extract(encoder: Encoder, set: PhotoSet, cache: string, source: Source): Promise<void> {
  const decoder = new SharpImageDecoder({ maxPixels: 1e9, maxFileBytes: 1e9, thumbnailSize: 64 });
  const taps = encoder.info.taps.map((tap) => tap.name);
  const matrices = encoder.info.taps.map(({ dimension }) => new Float32Array(set.photos.length * dimension));
  for (let first = 0; first < set.photos.length; first += GATHER) {
    if (first % 320 === 0) note(`${encoder.info.name}: ${set.name} ${first} of ${set.photos.length}`);
    await Promise.all(
      set.photos.slice(first, first + GATHER).map(async ({ file }, offset) => {
        const pixels = await ofFile(file, (bytes) => decoder.view(bytes, encoder.info.view));
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
  const contents: Contents = { taps, categories: set.photos.map(({ category }) => category) };
  await writeFile(path.join(cache, CONTENTS), JSON.stringify({ source, ...contents }));
}

async function readCached(cache: string): Promise<SetFeatures> {
  const { taps } = JSON.parse(await readFile(path.join(cache, CONTENTS), 'utf8')) as Contents;
  const features: Record<string, Float32Array> = {};
  for (const tap of taps) {
    const bytes = await readFile(path.join(cache, `${tap}.f32`));
    features[tap] = new Float32Array(new Uint8Array(bytes).buffer);
  }
  return features;
}
