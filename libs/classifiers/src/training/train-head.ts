import { createHash } from 'node:crypto';
import { networkOutputs } from '../heads/network-outputs.js';
import { Random } from '../numeric/random.js';
import { fitRefusal } from '../refusal/class-distance.js';
import { measure } from '../report/measure.js';
import type { LearningCurvePoint, TrainingProgress, TrainingReport } from '../report/training-report.js';
import { ALWAYS_TRAIN, stratifiedFolds } from '../splits/stratified-folds.js';
import { runChecks } from '../checks/run-checks.js';
import { wilson } from '../report/intervals.js';
import { accuracyCurve } from './accuracy-curve.js';
import { describeData, groupsOfCategory, strataOf } from './describe-data.js';
import { applyDesign, designOf } from './design.js';
import { fitHead, widthOf, type Candidate, type HeadFit } from './fit-head.js';
import type { TrainedHead } from './head-trainer.js';
import { accuracyOf } from './loss-of-outputs.js';
import { overfitSubset } from './overfit-subset.js';
import { predictCrossFitted, predictFold, type Predicted } from './predictions.js';
import { prepareSet, type PreparedSet } from './prepare-set.js';
import { search } from './search.js';
import { suspiciousLabels } from './suspicious-labels.js';
import { type HeadKind, type TrainingRequest, type TrainingRequestInput } from './training-request.js';
import type { TrainingSet } from './training-set.js';
import { parseRequest, writeDocument } from './write-document.js';

/** Independent examples a category needs before parts of their own are set aside to calibrate and to measure on. */
const ENOUGH_GROUPS = 30;

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
  const tapChoices = request.taps === 'auto' ? Object.keys(set.features).sort().map((tap) => [tap]) : request.taps;
  const searchFolds = foldsOf(data, split.train, request.search.folds, Random.for(request.seed, 'search folds'));
  const { best, points } = search({
    data,
    request,
    kinds,
    tapChoices,
    picked: split.train,
    folds: searchFolds,
    onPoint: (point, done) =>
      onProgress({ stage: 'searching', done: 0.05 + 0.6 * done, message: `Tried ${point.kind} on ${point.taps.join(' + ')}.`, point }),
  });
  onProgress({ stage: 'fitting', done: 0.7, message: `Fitting the ${best.kind} head.` });
  const fitted = fitFinal(data, request, best, split, onProgress);
  onProgress({ stage: 'calibrating', done: 0.8, message: 'Calibrating on images the head did not see.' });
  const predicted =
    split.scheme === 'three-way'
      ? predictFold(data, request, best, fitted, split)
      : predictCrossFitted(data, request, best, split.foldings);
  onProgress({ stage: 'measuring', done: 0.9, message: 'Measuring.' });
  const metrics = measure(data, predicted.predictions, {
    source: split.scheme === 'three-way' ? 'test-fold' : 'out-of-fold',
    sourceInWords: sourceInWords(split, predicted),
    targetPrecision: request.targetPrecision,
    thresholds: predicted.thresholds,
    accepted: predicted.distances.length === 0 ? null : wilson(predicted.accepted, predicted.acceptedN),
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
    measuredN: metrics.n,
    converged: fitted.fit.converged,
    epochLosses: best.learningRate === null ? [] : fitted.fit.losses,
    searched: points,
    conflicts: data.conflicts.length,
    leastGroups: Math.min(...groupCounts),
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
      reason: reasonFor(best, points.length),
    },
    searched: points,
    learningCurve: fitted.curve,
    accuracyCurve: accuracyCurve(data, request, best, split.train, searchFolds),
    checks,
    metrics,
    suspicious: suspiciousLabels(data, predicted.outOfFold),
    milliseconds: Math.round(performance.now() - started),
  };
  return { document: writeDocument(data, best, fitted, predicted, request), report };
}

export type Split =
  | {
      readonly scheme: 'three-way';
      readonly train: readonly number[];
      readonly calibration: readonly number[];
      readonly test: readonly number[];
    }
  | { readonly scheme: 'cross-fit'; readonly train: readonly number[]; readonly foldings: readonly Int32Array[] };

function splitRows(data: PreparedSet, request: TrainingRequest): Split {
  const units = data.set.categories.length;
  const least = Math.min(...Array.from({ length: units }, (_, unit) => groupsOfCategory(data, unit)));
  const all = Array.from(data.rows, (_, at) => at);
  const random = Random.for(request.seed, 'split');
  const isThreeWay = request.split === 'three-way' || (request.split === 'auto' && least >= ENOUGH_GROUPS);
  if (isThreeWay) {
    // Twentieths: 60 % to train on, 20 % to calibrate on, 20 % to measure on.
    const folds = foldsOf(data, all, 5, random);
    const pick = (belongs: (fold: number) => boolean) => all.filter((at) => belongs(folds[at] as number));
    const measured = (at: number) => !data.isCopy[at];
    return {
      scheme: 'three-way',
      train: pick((fold) => fold >= 2 || fold === ALWAYS_TRAIN),
      calibration: pick((fold) => fold === 1).filter(measured),
      test: pick((fold) => fold === 0).filter(measured),
    };
  }
  const repeats = all.length <= 400 ? 3 : 1;
  const foldings = Array.from({ length: repeats }, () => foldsOf(data, all, 5, random));
  return { scheme: 'cross-fit', train: all, foldings };
}

/** Folds of some rows, as many as are wanted, but no more than the rarest category has independent examples (at least 2). */
function foldsOf(data: PreparedSet, picked: readonly number[], wanted: number, random: Random): Int32Array {
  const strata = strataOf(data, picked);
  const groups = Int32Array.from(picked, (at) => data.groups[at] as number);
  const sizes = new Map<number, Set<number>>();
  strata.forEach((stratum, at) => sizes.set(stratum, (sizes.get(stratum) ?? new Set()).add(groups[at] as number)));
  const least = Math.min(...[...sizes.values()].map(({ size }) => size).filter((size) => size > 1), wanted);
  const measured = (at: number) => !data.isCopy[picked[at] as number];
  return stratifiedFolds({ strata, groups, measured }, Math.max(2, Math.min(wanted, least)), random);
}

function kindsOf(data: PreparedSet, request: TrainingRequest): readonly HeadKind[] {
  if (request.heads !== 'auto') return request.heads;
  const units = data.set.categories.length;
  const least = Math.min(...Array.from({ length: units }, (_, unit) => groupsOfCategory(data, unit)));
  return least <= 3 ? ['nearest-mean'] : ['softmax', 'svm'];
}

export interface Fitted {
  readonly fit: HeadFit;
  readonly standardiser: { readonly mean: Float64Array; readonly scale: Float64Array };
  readonly refusal: ReturnType<typeof fitRefusal>;
  readonly trainAccuracy: number;
  readonly curve: readonly LearningCurvePoint[];
}

function fitFinal(
  data: PreparedSet,
  request: TrainingRequest,
  best: Candidate,
  split: Split,
  onProgress: (progress: TrainingProgress) => void,
): Fitted {
  const width = widthOf([best.kind], request, data.set.categories.length);
  const { problem, standardiser } = designOf(data, best.taps, split.train, width, request.classWeights === 'balanced');
  const validation =
    split.scheme === 'three-way' ? applyDesign(data, best.taps, split.calibration, width, standardiser) : null;
  const curve: LearningCurvePoint[] = [];
  const fit = fitHead(problem, best, {
    request,
    seed: request.seed,
    tolerance: 1e-6,
    onStep: (step, trainLoss, network) => {
      const measured = network && validation ? accuracyOf(validation, networkOutputs(network, validation.matrix)) : null;
      const point = { step, trainLoss, trainAccuracy: null, validationLoss: null, validationAccuracy: measured };
      curve.push(point);
      if (network) onProgress({ stage: 'fitting', done: 0.7, message: `Epoch ${step}.`, curve: point });
    },
  });
  const trainAccuracy = accuracyOf(problem, networkOutputs(fit, problem.matrix));
  return { fit, standardiser, refusal: fitRefusal(problem, standardiser), trainAccuracy, curve };
}

function summaryOf(data: PreparedSet, split: Split): TrainingReport['split'] {
  const groups = new Set(data.groups).size;
  if (split.scheme === 'three-way') {
    return { scheme: 'three-way', train: split.train.length, calibration: split.calibration.length, test: split.test.length, groups };
  }
  const folds = (split.foldings[0] ?? new Int32Array()).reduce((most, fold) => Math.max(most, fold), -1) + 1;
  return { scheme: 'cross-fit', folds, repeats: split.foldings.length, rows: data.rows.length, groups };
}

function sourceInWords(split: Split, predicted: Predicted): string {
  if (split.scheme === 'three-way') {
    return `${split.test.length} images of the test fold, which nothing else of this version has used; it was used once.`;
  }
  if (predicted.predictions.length === 0) return 'Nothing could be measured: no category has a second independent example.';
  return (
    `Images left out in turn (${split.foldings.length} repeated foldings); each was scored and calibrated without it. ` +
    'The settings were chosen on other foldings of the same images; the head itself was then fitted to all of them.'
  );
}

function reasonFor(best: Candidate, tried: number): string {
  return `Least loss on images left out, of ${tried} settings tried: ${best.kind} on ${best.taps.join(' + ')}.`;
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
  for (const tap of Object.keys(set.features).sort()) {
    hash.update(tap);
    add(set.features[tap]);
  }
  return hash.digest('hex');
}
