import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { benchModel, findModel, modelRoots, type ModelFolder } from '#libs/encoder';
import { readOptions, wholeNumber } from '../lib/options.js';
import { machine, markdownTable, note, print } from '../lib/report.js';
import { median } from '../lib/statistics.js';
import { describeByEncoder } from './describe-by-encoder.js';
import { listLabelledPhotos } from './labelled-photos.js';
import { changeOf, neighbourLists, type NeighbourLists, precisionAtOne } from './neighbour-lists.js';

const NEIGHBOURS = 10;
const BATCH = 16;

const USAGE = `npm run compare:encoders -- --dir DIR --encoder A --encoder B [options]
How forms of one encoder (float32, float16, int8) differ: size, images/s, and what becomes of the neighbours of each photo.
  --dir DIR           photos in class folders: DIR/<class>/<photo>; may be given several times
  --encoder NAME      bundled or imported encoders; the first is what the others are compared with
  --tap NAME          which of their outputs [penultimate]
  --data DIR          data folder in which imported encoders lie [./data]
  --rounds N, --seconds S  how often and how long the speed of each is measured, in turn; 0 rounds: not [3, 2]`;

const values = readOptions(USAGE, {
  dir: { type: 'string', multiple: true, default: [] },
  encoder: { type: 'string', multiple: true, default: [] },
  tap: { type: 'string', default: 'penultimate' },
  data: { type: 'string', default: './data' },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '2' },
});

async function speeds(models: readonly ModelFolder[]): Promise<{ rates: number[]; peakBytes: number }[]> {
  const rounds = wholeNumber('rounds', values.rounds, 0);
  const seconds = Number(values.seconds);
  const found = models.map(() => ({ rates: [] as number[], peakBytes: 0 }));
  for (let round = 0; round < rounds; round++) {
    for (const [at, model] of models.entries()) {
      const options = { threads: availableParallelism(), batches: [BATCH], seconds };
      const [benched] = await benchModel({ ...model, files: { onnx: model.files.onnx } }, options);
      const into = found[at];
      if (!benched || !into) continue;
      into.rates.push(benched.rate);
      into.peakBytes = Math.max(into.peakBytes, benched.peakBytes);
      note(`${model.manifest.name}: ${benched.rate.toFixed(0)} images/s`);
    }
  }
  return found;
}

async function sizes(models: readonly ModelFolder[]): Promise<void> {
  const measured = await speeds(models);
  const rows = await Promise.all(
    models.map(async ({ manifest, files }, at) => {
      const { size } = await stat(files.onnx ?? '');
      const { rates = [], peakBytes = 0 } = measured[at] ?? {};
      const [low, high] = [Math.min(...rates), Math.max(...rates)];
      const rate = rates.length > 0 ? `${median(rates).toFixed(0)} (${low.toFixed(0)} – ${high.toFixed(0)})` : '–';
      const peak = peakBytes > 0 ? `${(peakBytes / 2 ** 20).toFixed(0)} MiB` : '–';
      return [manifest.name, manifest.precision ?? 'not said', `${(size / 1e6).toFixed(2)} MB`, rate, peak];
    }),
  );
  const threads = availableParallelism();
  print(`${threads} threads, batch ${BATCH}, median and range of ${values.rounds} rounds; ${machine()}\n`);
  print(markdownTable(['encoder', 'precision', 'ONNX file', 'images/s', 'peak memory of a process'], rows));
}

async function neighbours(dir: string, names: readonly string[]): Promise<void> {
  const { files, classes, names: labels } = await listLabelledPhotos(dir);
  const { tap, data } = values;
  const rows: string[][] = [];
  let reference: NeighbourLists | undefined;
  for (const name of names) {
    const found = neighbourLists(await describeByEncoder(files, { name, tap, data }), NEIGHBOURS);
    reference ??= found;
    const { meanCosine, leastCosine, overlap, sameNearest } = changeOf(reference, found);
    const share = ({ mean, interval }: { mean: number; interval: number }) =>
      `${(100 * mean).toFixed(1)} ± ${(100 * interval).toFixed(1)} %`;
    const cosines = [meanCosine.toFixed(5), leastCosine.toFixed(5)];
    rows.push([name, ...cosines, share(overlap), share(sameNearest), share(precisionAtOne(found, classes))]);
    note(`${path.basename(dir)}: ${name}`);
  }
  print(`\n${path.basename(dir)}: ${files.length} photos in ${labels.length} classes, tap ${tap}\n`);
  const head = ['encoder', 'mean cosine', 'least', `same ${NEIGHBOURS} neighbours`, 'same nearest', 'P@1'];
  print(markdownTable(head, rows));
}

if (values.encoder.length === 0) {
  print(USAGE);
  process.exitCode = 2;
} else {
  const roots = modelRoots(path.resolve(values.data));
  const models = [];
  for (const name of values.encoder) models.push(await findModel(name, roots));
  await sizes(models);
  for (const dir of values.dir) await neighbours(dir, values.encoder);
}
