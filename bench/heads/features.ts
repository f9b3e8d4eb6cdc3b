import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createWriteStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
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
 * @param model the bundled encoder's name, or the path of one of the MobileNets' `.onnx` or `.onnx.gz`
 */
export async function featuresOf(model: string, sets: readonly PhotoSet[], work: string): Promise<SetFeatures[]> {
  const name = path.basename(model).replace(/\.onnx(\.gz)?$/, '');
  let encoder: Encoder | undefined;
  const features: SetFeatures[] = [];
  try {
    for (const set of sets) {
      const cache = path.join(work, 'features', name, set.name);
      if (!existsSync(path.join(cache, 'taps.json'))) {
        encoder ??= await openEncoder(model, name, work);
        await extract(encoder, set, cache);
      }
      features.push(await readCached(cache));
    }
  } finally {
    await encoder?.close();
  }
  return features;
}

async function openEncoder(model: string, name: string, dataDir: string): Promise<Encoder> {
  if (model !== name) await writeModelFolder(model, path.join(dataDir, 'models', name), name);
  return loadEncoder({ name, dataDir, threads: 2, maxBatch: 16 } as Parameters<typeof loadEncoder>[0]);
}

/** The MobileNets of the evaluation: 224 px, normalisation inside, outputs `embedding` and `logits`. */
async function writeModelFolder(file: string, folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const target = path.join(folder, 'model.onnx');
  const unpacked = file.endsWith('.gz') ? [createGunzip()] : [];
  await pipeline([createReadStream(file), ...unpacked, createWriteStream(target)]);
  const sha256 = createHash('sha256')
    .update(await readFile(target))
    .digest('hex');
  const manifest = {
    name,
    description: 'For the evaluation of heads.',
    input: {
      tensor: 'x',
      layout: 'nchw',
      colour: 'rgb',
      normalisation: { mean: [0, 0, 0], scale: [1, 1, 1] },
      view: {
        size: 224,
        resize: { rule: 'shortest-side', to: 256 },
        kernel: 'cubic',
        antialias: true,
      },
    },
    taps: {
      penultimate: { tensor: 'embedding', pooling: 'none', dimension: 1280 },
      logits: { tensor: 'logits', pooling: 'none', dimension: 1001 },
    },
    files: { onnx: { path: 'model.onnx', sha256 } },
    licence: 'Apache-2.0',
    source: 'Given for the evaluation.',
  };
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
}

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
