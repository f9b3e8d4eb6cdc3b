/**
 * Accuracy, calibration and refusal of heads on photos that were held out, beside scikit-learn on the same features,
 * folds and regularisation. Features are extracted once and kept in the work folder.
 *
 *   npm run eval:heads -- --sets DIR --models likeness-v1 DIR/mobilenet-edgetpu.onnx.gz --work DIR
 *   python bench/heads/scikit.py WORK SETS
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { HeadScorer, type HeadKind, type TrainingSet } from '#libs/classifiers';
import { trainHead } from '../../libs/classifiers/src/training/train-head.js';
import { machine, markdownTable, note, print, type Cell } from '../lib/report.js';
import { featuresOf, type SetFeatures } from './features.js';
import { heldOutEce, heldOutFolds, shotsOf } from './folds.js';
import { readPhotoSets, type PhotoSet } from './photo-sets.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sets: { type: 'string' },
    models: { type: 'string', default: 'likeness-v1' },
    work: { type: 'string', default: 'eval-heads' },
    heads: { type: 'string', default: 'softmax,svm,nearest-mean' },
    shots: { type: 'string', default: '5,10,20,0' },
    folds: { type: 'string', default: '3' },
    candidates: { type: 'string', default: '6' },
    tap: { type: 'string', default: 'penultimate' },
  },
});
const work = path.resolve(values.work);
const models = [...values.models.split(','), ...positionals];
const heads = values.heads.split(',') as HeadKind[];
const shots = values.shots.split(',').map(Number);
const foldCount = Number(values.folds);
const sets = await readPhotoSets(path.resolve(values.sets ?? '.'));
await mkdir(work, { recursive: true });

interface Result {
  readonly model: string;
  readonly set: string;
  readonly shots: number;
  readonly head: HeadKind;
  readonly fold: number;
  readonly train: readonly number[];
  readonly test: readonly number[];
  readonly l2: number;
  readonly accuracy: number;
  readonly ece: number | null;
  /** Share of photos of the other sets, and of the test photos, that are refused. */
  readonly refusedOthers: number;
  readonly refusedOwn: number;
}

function trainingSet(set: PhotoSet, features: Float32Array, rows: readonly number[]): TrainingSet {
  const dimension = features.length / set.photos.length;
  const labels = new Int8Array(rows.length * set.categories.length);
  rows.forEach((row, at) => (labels[at * set.categories.length + (set.photos[row]?.category ?? 0)] = 1));
  return {
    mode: 'single',
    categories: set.categories.map((name) => ({ id: name, name })),
    encoderFingerprint: '',
    ids: rows.map((row) => set.photos[row]?.id ?? ''),
    features: { [values.tap]: pick(features, dimension, rows) },
    labels,
  };
}

function pick(features: Float32Array, dimension: number, rows: readonly number[]): Float32Array {
  const picked = new Float32Array(rows.length * dimension);
  rows.forEach((row, at) => picked.set(features.subarray(row * dimension, (row + 1) * dimension), at * dimension));
  return picked;
}

function refusedShare(scorer: HeadScorer, features: Float32Array): number {
  const distances = scorer.distances(features);
  return distances === null ? 0 : distances.filter((distance) => distance > 1).length / distances.length;
}

function evaluate(model: string, at: number, all: readonly SetFeatures[], shot: number, head: HeadKind): Result[] {
  const set = sets[at] as PhotoSet;
  const features = all[at]?.[values.tap] ?? new Float32Array();
  const dimension = features.length / set.photos.length;
  const folds = heldOutFolds(set, foldCount);
  return Array.from({ length: foldCount }, (_, fold) => {
    const test = set.photos.flatMap((_, row) => (folds[row] === fold ? [row] : []));
    const train = shotsOf(set, folds, fold, shot);
    const { document, report } = trainHead(trainingSet(set, features, train), {
      heads: [head],
      split: 'cross-fit',
      search: { candidates: Number(values.candidates), rounds: 1, folds: 3 },
    });
    const scorer = new HeadScorer(document);
    const scores = scorer.scores(pick(features, dimension, test));
    const units = set.categories.length;
    const right = test.filter((row, position) => {
      const own = scores.subarray(position * units, (position + 1) * units);
      return own.indexOf(Math.max(...own)) === set.photos[row]?.category;
    }).length;
    const others = all.filter((_, other) => other !== at).map((one) => one[values.tap] ?? new Float32Array());
    const refused = others.map((one) => refusedShare(scorer, one) * (one.length / dimension));
    const result = {
      model,
      set: set.name,
      shots: shot,
      head,
      fold,
      train,
      test,
      l2: report.chosen.l2,
      accuracy: right / test.length,
      ece:
        shot === 0
          ? heldOutEce(
              scores,
              test.map((row) => set.photos[row]?.category ?? 0),
              units,
            )
          : null,
      refusedOthers:
        refused.reduce((sum, n) => sum + n, 0) / others.reduce((sum, one) => sum + one.length / dimension, 0),
      refusedOwn: refusedShare(scorer, pick(features, dimension, test)),
    };
    note(`${model} ${set.name} ${shot || 'all'} ${head} fold ${fold}: ${(100 * result.accuracy).toFixed(1)} %`);
    return result;
  });
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const results: Result[] = [];
const rows: Cell[][] = [];
for (const model of models) {
  const name = path.basename(model).replace(/\.onnx(\.gz)?$/, '');
  const features = await featuresOf(model, sets, work);
  for (const [at, set] of sets.entries()) {
    for (const shot of shots) {
      for (const head of heads) {
        const own = evaluate(name, at, features, shot, head);
        results.push(...own);
        const eces = own.flatMap(({ ece }) => (ece === null ? [] : [ece]));
        rows.push([
          name,
          set.name,
          shot || 'all',
          head,
          percent(mean(own.map(({ accuracy }) => accuracy))),
          eces.length > 0 ? mean(eces).toFixed(3) : '–',
          percent(mean(own.map(({ refusedOthers }) => refusedOthers))),
          percent(mean(own.map(({ refusedOwn }) => refusedOwn))),
        ]);
        await writeFile(path.join(work, 'results.json'), JSON.stringify({ tap: values.tap, results }));
      }
    }
  }
}
const head = ['encoder', 'set', 'examples', 'head', 'top-1', 'ECE', 'other sets refused', 'own refused'];
await writeFile(path.join(work, 'results.csv'), [head, ...rows].map((row) => row.join(',')).join('\n') + '\n');
print(`${machine()}; ${foldCount} held-out folds\n\n${markdownTable(head, rows)}`);
