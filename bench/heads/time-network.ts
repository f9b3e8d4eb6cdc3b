import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { fitNetwork } from '../../libs/classifiers/src/heads/fit-network.js';
import { markdownTable, type Cell } from '../lib/report.js';
import { problemOf } from './solver-problem.js';
import type { SolverData } from './solver-data.js';

const HIDDEN = 64;
const BATCH = 32;
const EPOCHS = 5;
const RATE = 0.01;
const DROPOUT = 0.3;

/** The MLP head's training here and by TensorFlow.js, whose backends both compute on the thread that calls them. */
export async function timeNetwork(data: SolverData): Promise<string> {
  const rows: Cell[][] = [];
  const problem = problemOf(data, HIDDEN);
  rows.push(
    await timed('Likeness', () => {
      const options = { hidden: [HIDDEN], dropout: DROPOUT, l2: 0, l1: 0, learningRate: RATE, momentum: 0.9, seed: 1 };
      const fit = fitNetwork(problem, { ...options, batchSize: BATCH, epochs: EPOCHS, schedule: 'constant' });
      return Promise.resolve(fit.losses.at(-1) ?? NaN);
    }),
  );
  for (const backend of ['wasm', 'cpu']) {
    await tf.setBackend(backend);
    await tf.ready();
    rows.push(await timed(`TensorFlow.js ${tf.version_core}, ${backend}`, () => fitTensorFlow(data)));
  }
  return markdownTable(['who', 'epochs', 'loss of the last', 'wall s', 'CPU s'], rows);
}

async function timed(name: string, run: () => Promise<number>): Promise<Cell[]> {
  const usage = process.cpuUsage();
  const started = performance.now();
  const loss = await run();
  const { user, system } = process.cpuUsage(usage);
  const wall = (performance.now() - started) / 1000;
  return [name, EPOCHS, loss.toFixed(3), wall.toFixed(1), ((user + system) / 1e6).toFixed(1)];
}

async function fitTensorFlow({ rows, columns, categories, features, labels }: SolverData): Promise<number> {
  const x = tf.tensor2d(features, [rows, columns]);
  const y = tf.oneHot(tf.tensor1d(labels.subarray(0, rows), 'int32'), categories);
  const model = layers.sequential();
  model.add(
    layers.layers.dense({ units: HIDDEN, activation: 'relu', inputShape: [columns], kernelInitializer: 'heNormal' }),
  );
  model.add(layers.layers.dropout({ rate: DROPOUT }));
  model.add(layers.layers.dense({ units: categories, activation: 'softmax' }));
  model.compile({ optimizer: tf.train.momentum(RATE, 0.9), loss: 'categoricalCrossentropy' });
  const history = await model.fit(x, y, { epochs: EPOCHS, batchSize: BATCH, shuffle: true, verbose: 0 });
  model.dispose();
  tf.dispose([x, y]);
  return Number(history.history.loss?.at(-1));
}
