import { createHash } from 'node:crypto';
import { Random } from '../numeric/random.js';
import { measure } from '../report/measure.js';
import { outcomesOf } from '../report/outcomes.js';
import type { SearchedPoint, TrainingProgress, TrainingReport } from '../report/training-report.js';
import { runChecks } from '../checks/run-checks.js';
import { accuracyCurve } from './accuracy-curve.js';
import { describeData, groupsOfCategory } from './describe-data.js';
import { fitFinal } from './fit-final.js';
import type { Candidate } from './fit-head.js';
import type { TrainedHead } from './head-trainer.js';
import { overfitSubset } from './overfit-subset.js';
import { predictCrossFitted, predictFold, type Predicted } from './predictions.js';
import { prepareSet, type PreparedSet } from './prepare-set.js';
import { search } from './search.js';
import { foldsOf, splitRows, type Split } from './split-rows.js';
import { suspiciousLabels } from './suspicious-labels.js';
import { type HeadKind, type TrainingRequest, type TrainingRequestInput } from './training-request.js';
import type { TrainingSet } from './training-set.js';
import { parseRequest, writeDocument } from './write-document.js';

/**
 * The whole training, on the calling thread: group → split → search by cross-validation → fit → calibrate → measure once.
 *
 * @throws DomainError as `HeadTrainer.train`
 */
export function trainHead(
  set: TrainingSet,
  input: TrainingRequestInput,
  onProgress: (progress: TrainingProgress) => void = () => undefined,
): TrainedHead {
  const started = performance.now();
  const request = parseRequest(input, set);
  onProgress({ stage: 'grouping', done: 0, message: 'Grouping near-duplicates.' });
  const data = prepareSet(set, request.duplicateCosine);
  const split = splitRows(data, request);
  const kinds = kindsOf(data, request);
  const tapChoices =
    request.taps === 'auto'
      ? Object.keys(set.features)
          .sort()
          .map((tap) => [tap])
      : request.taps;
  const searchFolds = foldsOf(data, split.train, request.search.folds, Random.for(request.seed, 'search folds'));
  const { best, points } = search({
    data,
    request,
    kinds,
    tapChoices,
    picked: split.train,
    folds: searchFolds,
    onProgress: (done, message, point) =>
      onProgress({ stage: 'searching', done: 0.05 + 0.6 * done, message, ...(point && { point }) }),
  });
  onProgress({ stage: 'fitting', done: 0.7, message: `Fitting the ${best.kind} head.` });
  const fitted = fitFinal(data, request, best, split, onProgress);
  onProgress({ stage: 'calibrating', done: 0.8, message: 'Calibrating on images the head did not see.' });
  const predicted =
    split.scheme === 'three-way'
      ? predictFold(data, request, best, fitted, split, searchFolds)
      : predictCrossFitted(data, request, best, split.foldings);
  onProgress({ stage: 'measuring', done: 0.9, message: 'Measuring.' });
  const metrics = measure(data, predicted.predictions, {
    source: split.scheme === 'three-way' ? 'test-fold' : 'out-of-fold',
    sourceInWords: sourceInWords(split, predicted),
    targetPrecision: request.targetPrecision,
    thresholds: predicted.thresholds,
    accepted: predicted.accepted,
    seed: request.seed,
  });
  onProgress({ stage: 'checking', done: 0.95, message: 'Checking.' });
  const counts = describeData(data);
  const groupCounts = counts.map(({ groups }) => groups);
  const positives = counts.map((one) => one.positives);
  const subset = overfitSubset(data, request, best, split.train);
  const checks = runChecks({
    mode: set.mode,
    units: set.categories.length,
    initialLoss: fitted.fit.initialLoss,
    subsetAccuracy: subset.accuracy,
    subsetSize: subset.size,
    trainAccuracy: fitted.trainAccuracy,
    measuredAccuracy: metrics.top1.value,
    measuredN: metrics.top1.n,
    converged: fitted.fit.converged,
    epochLosses: best.learningRate === null ? [] : fitted.fit.losses,
    searched: points,
    conflicts: data.conflicts.length,
    leastGroups: Math.min(...groupCounts),
    leastNegatives: Math.min(...set.categories.map((_, unit) => groupsOfCategory(data, unit, -1))),
    mostRows: Math.max(...positives),
    leastRows: Math.min(...positives),
  });
  const report: TrainingReport = {
    request,
    seed: request.seed,
    encoderFingerprint: set.encoderFingerprint,
    dataDigest: digestOf(set),
    data: {
      rows: data.rows.length,
      copies: data.isCopy.reduce((sum, flag) => sum + flag, 0),
      categories: counts,
      leftOut: data.leftOut,
      conflicts: data.conflicts,
    },
    split: summaryOf(data, split),
    chosen: {
      ...best,
      hidden: best.kind === 'mlp' ? request.mlp.hidden : [],
      reason: reasonFor(best, points),
    },
    searched: points,
    learningCurve: fitted.curve,
    accuracyCurve: accuracyCurve(data, request, best, split.train, searchFolds),
    checks,
    metrics,
    outcomes: outcomesOf(data, predicted.predictions),
    suspicious: suspiciousLabels(data, predicted.outOfFold),
    milliseconds: Math.round(performance.now() - started),
  };
  return { document: writeDocument(data, best, fitted, predicted, request), report };
}

function kindsOf(data: PreparedSet, request: TrainingRequest): readonly HeadKind[] {
  if (request.heads !== 'auto') return request.heads;
  const units = data.set.categories.length;
  const least = Math.min(...Array.from({ length: units }, (_, unit) => groupsOfCategory(data, unit)));
  return least <= 3 ? ['nearest-mean'] : ['softmax', 'svm'];
}

function summaryOf(data: PreparedSet, split: Split): TrainingReport['split'] {
  const groups = new Set(data.groups).size;
  if (split.scheme === 'three-way') {
    return {
      scheme: 'three-way',
      train: split.train.length,
      calibration: split.calibration.length,
      test: split.test.length,
      groups,
    };
  }
  const folds = (split.foldings[0] ?? new Int32Array()).reduce((most, fold) => Math.max(most, fold), -1) + 1;
  return { scheme: 'cross-fit', folds, repeats: split.foldings.length, rows: data.rows.length, groups };
}

function sourceInWords(split: Split, predicted: Predicted): string {
  if (split.scheme === 'three-way') {
    return (
      `${split.test.length} images of the test fold: nothing was fitted to them or chosen by them. The fold was used once, ` +
      'for these numbers and for the list of labels worth a second look.'
    );
  }
  if (predicted.predictions.length === 0)
    return 'Nothing could be measured: no category has a second independent example.';
  return (
    `Images left out in turn (${split.foldings.length} repeated foldings); each was scored and calibrated without it. ` +
    'The settings were chosen on other foldings of the same images; the head itself was then fitted to all of them.'
  );
}

function reasonFor(best: Candidate, points: readonly SearchedPoint[]): string {
  const tried = points.length;
  if (points.every(({ loss }) => loss === null)) {
    return `No setting could be compared with another on images left out; the first of ${tried} was taken: ${best.kind} on ${best.taps.join(' + ')}.`;
  }
  const least = best.kind === 'svm' ? 'Least loss and share wrong' : 'Least loss';
  return `${least} on images left out, of ${tried} settings tried: ${best.kind} on ${best.taps.join(' + ')}.`;
}

/** SHA-256 over everything the training saw. */
function digestOf(set: TrainingSet): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([set.mode, set.categories, set.encoderFingerprint, set.ids]));
  const add = (values: ArrayBufferView | undefined) => {
    if (values) hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  };
  add(set.labels);
  add(set.groups);
  add(set.copyOf);
  if (set.alike && !set.groups) {
    const pairs = set.alike.map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);
    hash.update(JSON.stringify(pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1])));
  }
  for (const tap of Object.keys(set.features).sort()) {
    hash.update(tap);
    add(set.features[tap]);
  }
  return hash.digest('hex');
}
