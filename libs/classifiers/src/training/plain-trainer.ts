import { DomainError } from '#libs/errors';
import type { CategoryMetrics, Estimate, Metrics } from '../report/metrics.js';
import type { HeadDocument } from '../scoring/head-document.js';
import { pack64 } from '../scoring/pack.js';
import { HeadTrainer, type TrainedHead, type TrainingOptions } from './head-trainer.js';
import { trainingRequestSchema, type TrainingRequestInput } from './training-request.js';
import type { TrainingSet } from './training-set.js';

const SLOPES = Array.from({ length: 25 }, (_, at) => 2 ** (at / 2 - 8));

/**
 * The smallest trainer there is: nearest class mean on standardised features, measured leaving each image out of the
 * means, calibrated by one slope on the same. Exact, without any search; a few milliseconds for thousands of images.
 */
export class PlainTrainer extends HeadTrainer {
  override async train(
    set: TrainingSet,
    requestInput: TrainingRequestInput,
    options: TrainingOptions = {},
  ): Promise<TrainedHead> {
    const started = performance.now();
    const request = trainingRequestSchema.parse(requestInput);
    const taps = Object.keys(set.features).sort().slice(-1);
    const wanted = request.taps === 'auto' ? (set.features['penultimate'] ? ['penultimate'] : taps) : (request.taps[0] ?? taps);
    const data = standardise(set, wanted);
    mustBeUsable(set, data.matrix);
    options.onProgress?.({ stage: 'fitting', done: 0.3, message: 'Computing the mean of each category.' });
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
    const outputs = leaveOneOut(set, data.matrix, data.width);
    const slope = bestSlope(set, outputs);
    options.onProgress?.({ stage: 'measuring', done: 0.9, message: 'Measuring with each image left out.' });
    const { weights, bias } = meansOf(set, data.matrix, data.width);
    const count = set.categories.length;
    const document: HeadDocument = {
      format: 'likeness-head',
      version: 1,
      kind: 'nearest-mean',
      mode: set.mode,
      categories: set.categories.map(({ id, name }) => ({ id, name })),
      encoderFingerprint: set.encoderFingerprint,
      taps: wanted.map((name) => ({ name, dimension: (set.features[name]?.length ?? 0) / set.ids.length })),
      standardiser: { mean: pack64(data.mean), scale: pack64(data.scale) },
      layers: [{ inputs: data.width, outputs: count, weights: pack64(weights), bias: pack64(bias) }],
      calibration:
        set.mode === 'single'
          ? { kind: 'temperature', slope }
          : { kind: 'platt', slopes: Array<number>(count).fill(slope), offsets: Array<number>(count).fill(0) },
      thresholds: Array<null>(count).fill(null),
      refusal: null,
    };
    const metrics = measure(set, outputs, slope, request.targetPrecision);
    return {
      document,
      report: {
        request,
        seed: request.seed,
        encoderFingerprint: set.encoderFingerprint,
        dataDigest: '',
        data: {
          rows: set.ids.length,
          copies: 0,
          categories: metrics.categories.map(({ id, name, positives, negatives }) => ({
            id,
            name,
            positives,
            negatives,
            unknown: set.ids.length - positives - negatives,
            groups: positives,
          })),
          leftOut: [],
          conflicts: [],
        },
        split: { scheme: 'cross-fit', folds: set.ids.length, repeats: 1, rows: set.ids.length, groups: set.ids.length },
        chosen: { kind: 'nearest-mean', taps: wanted, l2: 0, l1: 0, learningRate: null, hidden: [], reason: 'The only kind of this trainer.' },
        searched: [],
        learningCurve: [],
        accuracyCurve: [],
        checks: [],
        metrics,
        suspicious: [],
        milliseconds: performance.now() - started,
      },
    };
  }

  override async close(): Promise<void> {}
}

function mustBeUsable(set: TrainingSet, matrix: Float64Array): void {
  if (matrix.some((value) => !Number.isFinite(value))) {
    throw new DomainError('training_data_invalid', 'Some features are NaN or infinite.');
  }
  const count = set.categories.length;
  const empty = set.categories.filter((_, column) => !set.ids.some((_id, row) => set.labels[row * count + column] === 1));
  if (empty.length > 0) {
    throw new DomainError('training_data_invalid', `No image is labelled "${empty[0]?.name}".`);
  }
}

function standardise(set: TrainingSet, taps: readonly string[]) {
  const rows = set.ids.length;
  const widths = taps.map((tap) => (set.features[tap]?.length ?? 0) / rows);
  const width = widths.reduce((sum, one) => sum + one, 0);
  const matrix = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    let at = row * width;
    taps.forEach((tap, index) => {
      const wide = widths[index] ?? 0;
      matrix.set(set.features[tap]?.subarray(row * wide, (row + 1) * wide) ?? [], at);
      at += wide;
    });
  }
  const mean = new Float64Array(width);
  const scale = new Float64Array(width);
  for (let column = 0; column < width; column++) {
    for (let row = 0; row < rows; row++) mean[column] = (mean[column] as number) + (matrix[row * width + column] as number) / rows;
    let variance = 0;
    for (let row = 0; row < rows; row++) variance += ((matrix[row * width + column] as number) - (mean[column] as number)) ** 2 / rows;
    scale[column] = 1 / Math.sqrt(variance + 1e-12);
    for (let row = 0; row < rows; row++) {
      const at = row * width + column;
      matrix[at] = ((matrix[at] as number) - (mean[column] as number)) * (scale[column] as number);
    }
  }
  return { matrix, width, mean, scale };
}

/** Linear layer: how much nearer the mean of those in a category is than that of all others. */
function meansOf(set: TrainingSet, matrix: Float64Array, width: number) {
  const count = set.categories.length;
  const weights = new Float64Array(count * width);
  const bias = new Float64Array(count);
  for (let column = 0; column < count; column++) {
    const centre = (sign: 1 | -1): Float64Array => {
      const sum = new Float64Array(width);
      let n = 0;
      for (let row = 0; row < set.ids.length; row++) {
        if (set.labels[row * count + column] !== sign) continue;
        n++;
        for (let at = 0; at < width; at++) sum[at] = (sum[at] as number) + (matrix[row * width + at] as number);
      }
      return sum.map((value) => (n === 0 ? 0 : value / n));
    };
    const inside = centre(1);
    const outside = set.mode === 'multi' ? centre(-1) : new Float64Array(width);
    let offset = 0;
    for (let at = 0; at < width; at++) {
      const [a, b] = [inside[at] as number, outside[at] as number];
      weights[column * width + at] = (a - b) / width;
      offset -= (a * a - b * b) / 2 / width;
    }
    bias[column] = offset;
  }
  return { weights, bias };
}

function leaveOneOut(set: TrainingSet, matrix: Float64Array, width: number): Float64Array {
  const count = set.categories.length;
  const outputs = new Float64Array(set.ids.length * count);
  for (const sign of set.mode === 'multi' ? ([1, -1] as const) : ([1] as const)) {
    for (let column = 0; column < count; column++) {
      const members = set.ids.flatMap((_, row) => (set.labels[row * count + column] === sign ? [row] : []));
      const sum = new Float64Array(width);
      for (const row of members) for (let at = 0; at < width; at++) sum[at] = (sum[at] as number) + (matrix[row * width + at] as number);
      const length = sum.reduce((total, value) => total + value * value, 0);
      const inside = new Set(members);
      for (let row = 0; row < set.ids.length; row++) {
        const x = matrix.subarray(row * width, (row + 1) * width);
        const along = x.reduce((total, value, at) => total + value * (sum[at] as number), 0);
        const own = inside.has(row) ? x.reduce((total, value) => total + value * value, 0) : 0;
        const n = members.length - (inside.has(row) ? 1 : 0);
        if (n === 0) continue;
        // The mean without the row itself: its product with the row, and its squared length.
        const product = (along - own) / n;
        const squared = (length - (inside.has(row) ? 2 * along - own : 0)) / (n * n);
        const at = row * count + column;
        outputs[at] = (outputs[at] as number) + (sign * (product - squared / 2)) / width;
      }
    }
  }
  return outputs;
}

function probabilities(set: TrainingSet, outputs: Float64Array, slope: number): Float64Array {
  const count = set.categories.length;
  if (set.mode === 'multi') return outputs.map((value) => 1 / (1 + Math.exp(-slope * value)));
  const all = new Float64Array(outputs.length);
  for (let row = 0; row < set.ids.length; row++) {
    const mine = outputs.subarray(row * count, (row + 1) * count);
    const most = Math.max(...mine);
    const raised = mine.map((value) => Math.exp(slope * (value - most)));
    const sum = raised.reduce((a, b) => a + b, 0);
    all.set(raised.map((value) => value / sum), row * count);
  }
  return all;
}

function logLoss(set: TrainingSet, outputs: Float64Array, slope: number): number {
  const chances = probabilities(set, outputs, slope);
  let sum = 0;
  let n = 0;
  set.labels.forEach((label, at) => {
    if (label === 0 || (set.mode === 'single' && label !== 1)) return;
    const chance = label === 1 ? (chances[at] as number) : 1 - (chances[at] as number);
    sum -= Math.log(Math.max(1e-12, chance));
    n++;
  });
  return sum / Math.max(1, n);
}

const bestSlope = (set: TrainingSet, outputs: Float64Array): number =>
  SLOPES.reduce((best, slope) => (logLoss(set, outputs, slope) < logLoss(set, outputs, best) ? slope : best), 1);

/** Wilson's score interval, 95 %. */
function share(hits: number, n: number): Estimate {
  if (n === 0) return { value: null, low: 0, high: 1, n, tooFew: true };
  const z = 1.96;
  const centre = (hits / n + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt(((hits / n) * (1 - hits / n)) / n + (z * z) / (4 * n * n));
  return { value: hits / n, low: Math.max(0, centre - half), high: Math.min(1, centre + half), n, tooFew: 2 * half > 0.4 };
}

function measure(set: TrainingSet, outputs: Float64Array, slope: number, targetPrecision: number): Metrics {
  const count = set.categories.length;
  const chances = probabilities(set, outputs, slope);
  const rows = set.ids.map((_, row) => row);
  const said = (row: number, column: number): boolean => {
    const mine = chances.subarray(row * count, (row + 1) * count);
    return set.mode === 'multi' ? (mine[column] as number) >= 0.5 : mine.indexOf(Math.max(...mine)) === column;
  };
  const truth = (row: number, column: number) => set.labels[row * count + column] ?? 0;
  const confusion = set.categories.map((_, actual) =>
    set.categories.map((_c, column) => rows.filter((row) => truth(row, actual) === 1 && said(row, column)).length),
  );
  const nothing = share(0, 0);
  const categories = set.categories.map(({ id, name }, column): CategoryMetrics => {
    const positives = rows.filter((row) => truth(row, column) === 1);
    const others = rows.filter((row) => (set.mode === 'single' ? truth(row, column) !== 1 : truth(row, column) === -1));
    const hits = positives.filter((row) => said(row, column)).length;
    const wrong = others.filter((row) => said(row, column)).length;
    return {
      id,
      name,
      positives: positives.length,
      negatives: others.length,
      precision: share(hits, hits + wrong),
      recall: share(hits, positives.length),
      f1: share(2 * hits, hits + wrong + positives.length),
      threshold: { targetPrecision, threshold: null, precision: nothing, recall: nothing },
    };
  });
  const right =
    set.mode === 'single'
      ? share(confusion.reduce((sum, row, at) => sum + (row[at] ?? 0), 0), rows.length)
      : share(
          set.labels.reduce((sum, label, at) => sum + (label !== 0 && (label === 1) === said(Math.floor(at / count), at % count) ? 1 : 0), 0),
          set.labels.filter((label) => label !== 0).length,
        );
  const f1s = categories.flatMap(({ f1 }) => (f1.value === null ? [] : [f1.value]));
  return {
    source: 'out-of-fold',
    sourceInWords: 'Each image was judged by means that it had no part in.',
    n: rows.length,
    top1: right,
    macroF1: f1s.length === 0 ? null : f1s.reduce((a, b) => a + b, 0) / f1s.length,
    logLoss: logLoss(set, outputs, slope),
    categories,
    confusion,
    confusionByCategory: [],
    calibration: { ece: nothing, eceBefore: null, bins: [] },
    accepted: null,
  };
}
