/**
 * How long heads take to train: one softmax fit beside scikit-learn, an MLP beside TensorFlow.js, the full search with
 * cross-validation with the event loop beside it, and two similar sub-kinds of ten photos each.
 *
 *   npm run bench:heads -- --python PYTHON --sets DIR --work DIR
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { BUNDLED_ENCODER } from '#libs/config';
import { readOptions, wholeNumber } from '../lib/options.js';
import { machine, markdownTable, print } from '../lib/report.js';
import { makeSolverData, type SolverData } from './solver-data.js';
import { timeNetwork } from './time-network.js';
import { timePairs } from './time-pairs.js';
import { timeSolver } from './time-solver.js';
import { timeTraining } from './time-training.js';

const USAGE = `npm run bench:heads -- [options]
How long heads take to train.
  --only LIST        solver, network, search, pairs [all of them]
  --python PYTHON    one with bench/heads/requirements.txt, for solver [python3]
  --sets DIR         labelled photos: DIR/<set>/<category>/<photo>, for pairs
  --work DIR         features and other files [bench-heads]
  --encoder NAME     whose features, for pairs [the bundled one]
  --rounds R         of the solver [7]`;

const values = readOptions(USAGE, {
  python: { type: 'string', default: 'python3' },
  work: { type: 'string', default: 'bench-heads' },
  sets: { type: 'string' },
  encoder: { type: 'string', default: BUNDLED_ENCODER },
  rounds: { type: 'string', default: '7' },
  only: { type: 'string', default: 'solver,network,search,pairs' },
});
const work = path.resolve(values.work);
const wanted = values.only.split(',');
await mkdir(work, { recursive: true });

async function timeSearch(data: SolverData): Promise<string> {
  const { rows, categories, labels } = data;
  const ones = new Int8Array(rows * categories);
  labels.forEach((label, row) => (ones[row * categories + label] = 1));
  const features = new Float32Array(new SharedArrayBuffer(data.features.byteLength));
  features.set(data.features);
  const { report, wall, cpu, loop } = await timeTraining(
    {
      mode: 'single',
      categories: Array.from({ length: categories }, (_, at) => ({ id: String(at), name: `category ${at}` })),
      encoderFingerprint: '',
      ids: Array.from({ length: rows }, (_, row) => String(row)),
      features: { penultimate: features },
      labels: ones,
    },
    {},
  );
  return markdownTable(
    ['settings tried', 'folds', 'chosen', 'top-1', 'wall s', 'CPU s', 'event loop p99 ms', 'max ms'],
    [
      [
        report.searched.length,
        report.request.search.folds,
        report.chosen.kind,
        `${(100 * (report.metrics.top1.value ?? NaN)).toFixed(1)} %`,
        wall.toFixed(1),
        cpu.toFixed(1),
        loop.p99.toFixed(1),
        loop.max.toFixed(1),
      ],
    ],
  );
}

if (['solver', 'network', 'search'].some((part) => wanted.includes(part))) {
  const data = await makeSolverData(work);
  const { rows, columns, categories } = data;
  const what = `${rows} × ${columns} features, ${categories} categories`;
  if (wanted.includes('solver')) {
    print(`One softmax fit, ${what}, medians of ${values.rounds} rounds\n`);
    print(`${await timeSolver(data, values.python, wholeNumber('rounds', values.rounds))}\n`);
  }
  if (wanted.includes('network')) {
    const few = { ...data, rows: 960, features: data.features.subarray(0, 960 * columns) };
    print(`One MLP of 64 hidden units, 960 × ${columns} features\n\n${await timeNetwork(few)}\n`);
  }
  if (wanted.includes('search')) print(`Full search with cross-validation, ${what}\n\n${await timeSearch(data)}\n`);
}
if (wanted.includes('pairs') && values.sets) {
  print('Two similar sub-kinds, 10 examples each, default settings, features of every tap cached; three trainings\n');
  print(`${await timePairs(path.resolve(values.sets), values.encoder, work)}\n`);
}
print(machine());
