import path from 'node:path';
import pLimit from 'p-limit';
import { BUNDLED_ENCODER, loadSettings } from '#libs/config';
import { loadEncoder, type TapVectors } from '#libs/encoder';
import { SharpImageDecoder } from '#libs/imaging';
import { readOptions, wholeNumber } from '../lib/options.js';
import { ofFile, photosBelow } from '../lib/photo-files.js';
import { machine, markdownTable, note, print } from '../lib/report.js';
import { evenly } from '../lib/sampling.js';
import { cosineOf, strongest } from './compare.js';

const USAGE = `npm run bench:runtimes -- --dir DIR --run ENCODER@RUNTIME --run ENCODER@RUNTIME [options]
  --dir DIR                photos, at any depth; may be given several times
  --run ENCODER@RUNTIME    what to compare, on the CPU: ${BUNDLED_ENCODER}@onnx, ${BUNDLED_ENCODER}@tensorflow; all others with the first
  --photos N               so many of them, evenly spread over the sorted paths [300]
  --data DIR               data folder in which imported encoders lie [./data]`;

const values = readOptions(USAGE, {
  dir: { type: 'string', multiple: true, default: [] },
  run: { type: 'string', multiple: true, default: [] },
  photos: { type: 'string', default: '300' },
  data: { type: 'string', default: './data' },
});

const IN_FLIGHT = 32;

interface Run {
  readonly name: string;
  readonly engine: string;
  readonly vectors: readonly TapVectors[];
}

async function main(): Promise<void> {
  const all = (await Promise.all(values.dir.map(photosOf))).flat();
  const files = evenly(all, wholeNumber('photos', values.photos));
  const runs: Run[] = [];
  for (const name of values.run) runs.push(await encodeAll(name, files));
  const [reference, ...others] = runs as [Run, ...Run[]];
  const rows = others.flatMap(({ name, engine, vectors }) =>
    tapsOf(reference).flatMap((tap) => {
      const cosines = vectors.map((taps, i) => cosineOf(taps[tap] ?? [], reference.vectors[i]?.[tap] ?? []));
      if (cosines.some(Number.isNaN)) return [];
      const worst = cosines.indexOf(Math.min(...cosines));
      const same = vectors.filter((taps, i) => strongest(taps[tap]) === strongest(reference.vectors[i]?.[tap])).length;
      const mean = cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length;
      return [
        [
          `${name} (${engine})`,
          tap,
          (cosines[worst] ?? NaN).toFixed(7),
          mean.toFixed(7),
          cosines.filter((cosine) => cosine < 0.999).length,
          tap === 'logits' ? `${same} of ${files.length}` : '',
          path.basename(files[worst] ?? ''),
        ],
      ];
    }),
  );
  print(`${files.length} photos, against ${reference.name} (${reference.engine}); ${machine()}\n`);
  const head = ['run', 'tap', 'least cosine', 'mean cosine', 'below 0.999', 'same first class', 'photo of the least'];
  print(markdownTable(head, rows));
}

const tapsOf = ({ vectors: [first = {}] }: Run): string[] => Object.keys(first);

const photosOf = async (dir: string): Promise<string[]> => (await photosBelow(dir)).map((file) => path.join(dir, file));

async function encodeAll(run: string, files: readonly string[]): Promise<Run> {
  const [name = '', runtime = 'auto'] = run.split('@');
  const env = {
    ...process.env,
    LIKENESS_ENCODER: name,
    LIKENESS_RUNTIME: runtime,
    LIKENESS_DEVICE: 'cpu',
    LIKENESS_DATA_DIR: values.data,
  };
  const settings = loadSettings(env);
  const decoder = new SharpImageDecoder(settings.limits);
  const encoder = await loadEncoder({ ...settings.encoder, dataDir: path.resolve(values.data) });
  try {
    const taps = encoder.info.taps.map((tap) => tap.name);
    const limit = pLimit(IN_FLIGHT);
    const encode = (file: string) =>
      ofFile(file, async (bytes) => encoder.encode(await decoder.view(bytes, encoder.info.view), taps));
    const vectors = await Promise.all(files.map((file) => limit(() => encode(file))));
    note(`${run}: ${files.length} photos on ${encoder.info.engine}`);
    return { name: run, engine: encoder.info.engine, vectors };
  } finally {
    await encoder.close();
  }
}

if (values.dir.length === 0 || values.run.length < 2) {
  print(USAGE);
  process.exitCode = 2;
} else {
  await main();
}
