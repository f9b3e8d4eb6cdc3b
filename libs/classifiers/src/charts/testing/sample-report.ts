import type { CategoryMetrics, Estimate } from '../../report/metrics.js';
import type { SearchedPoint, TrainingReport } from '../../report/training-report.js';

const NAMES = ['daisy', 'iris', 'snow <drop> & co'];
const estimate = (value: number, n: number): Estimate => ({
  value,
  low: value - 0.05,
  high: value + 0.04,
  n,
  tooFew: false,
});

const category = (name: string, at: number): CategoryMetrics => ({
  id: String(at + 1),
  name,
  positives: 10,
  negatives: 20,
  precision: estimate(0.9, 10),
  recall: estimate(0.9, 10),
  f1: estimate(0.9, 10),
  threshold: { targetPrecision: 0.9, threshold: 0.6, precision: estimate(0.92, 9), recall: estimate(0.8, 10) },
});

const point = (
  kind: 'softmax' | 'mlp',
  l2: number,
  learningRate: number | null,
  loss: number | null,
): SearchedPoint => ({
  round: 0,
  kind,
  taps: ['penultimate'],
  l2,
  l1: 0,
  learningRate,
  loss,
  accuracy: loss === null ? null : 1 - loss / 2,
  standardError: loss === null ? null : loss / 12,
  stopped: loss === null ? 'the loss was not finite' : null,
});

/** A report with something in every chart, and a name that markup must not break. */
export function sampleReport(): TrainingReport {
  return {
    request: {} as TrainingReport['request'],
    seed: 7,
    encoderFingerprint: 'sample',
    dataDigest: 'sample',
    data: { rows: 30, copies: 0, categories: [], leftOut: [], conflicts: [] },
    split: { scheme: 'cross-fit', folds: 5, repeats: 3, rows: 30, groups: 30 },
    chosen: {
      kind: 'mlp',
      taps: ['penultimate'],
      l2: 1e-3,
      l1: 0,
      learningRate: 1e-3,
      hidden: [32],
      reason: 'least loss',
    },
    searched: [
      ...[1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1].map((l2) =>
        point('softmax', l2, null, 0.35 + 0.06 * (Math.log10(l2) + 3) ** 2),
      ),
      ...[1e-4, 3e-4, 1e-3, 3e-3, 1e-2].map((rate) =>
        point('mlp', rate * 3, rate, 0.31 + 0.4 * (Math.log10(rate) + 3) ** 2),
      ),
      point('mlp', 0.1, 0.3, null),
    ],
    learningCurve: Array.from({ length: 30 }, (_, step) => ({
      step: step + 1,
      trainLoss: 1.1 * Math.exp(-step / 6) + 0.05,
      trainAccuracy: 1 - 0.6 * Math.exp(-step / 6),
      validationLoss: 1.1 * Math.exp(-step / 5) + 0.3 + step * 0.002,
      validationAccuracy: 0.9 - 0.5 * Math.exp(-step / 5),
    })),
    accuracyCurve: [2, 4, 6, 8, 10].map((examplesPerCategory) => {
      const accuracy = 0.95 - 0.6 / examplesPerCategory;
      return { examplesPerCategory, accuracy, low: accuracy - 0.1, high: Math.min(1, accuracy + 0.07), n: 30 };
    }),
    checks: [],
    metrics: {
      source: 'out-of-fold',
      sourceInWords: 'Images left out in turn.',
      n: 30,
      top1: estimate(0.9, 30),
      macroF1: 0.9,
      logLoss: 0.3,
      categories: NAMES.map(category),
      confusion: [
        [9, 1, 0],
        [0, 8, 2],
        [0, 0, 10],
      ],
      confusionByCategory: NAMES.map(() => [
        [19, 1],
        [1, 9],
      ]),
      calibration: {
        ece: estimate(0.06, 30),
        eceBefore: 0.1,
        bins: [0.42, 0.55, 0.68, 0.8, 0.9, 0.97]
          .map((confidence, at) => ({ n: 5, confidence, accuracy: confidence + (at % 2 ? 0.05 : -0.07) }))
          .map((bin) => ({ ...bin, accuracy: Math.min(1, bin.accuracy) })),
      },
      accepted: null,
    },
    suspicious: [],
    milliseconds: 1000,
  };
}
