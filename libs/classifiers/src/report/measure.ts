import { Random } from '../numeric/random.js';
import type { PreparedSet } from '../training/prepare-set.js';
import { calibrationBins, calibrationError } from './calibration-error.js';
import { calibrationInterval } from './calibration-interval.js';
import { groupedShare, independentOf, type Observed } from './independent.js';
import { bootstrap, estimate, f1Estimate, nothing } from './intervals.js';
import type { CategoryMetrics, Estimate, Metrics } from './metrics.js';

/** What a head that never saw the row said of it. */
export interface Prediction {
  /** Position in the prepared set. */
  readonly at: number;
  /** Calibrated, by a calibrator that never saw the row either. */
  readonly probabilities: Float64Array;
  readonly uncalibrated: Float64Array;
  /** Per category, chosen on other rows. */
  readonly thresholds: readonly (number | null)[];
  /** How much it counts: 1 ÷ number of repeats, so that a row counts once. */
  readonly weight: number;
}

export interface MeasureOptions {
  readonly source: Metrics['source'];
  readonly sourceInWords: string;
  readonly targetPrecision: number;
  readonly thresholds: readonly (number | null)[];
  readonly accepted: Estimate | null;
  readonly seed: number;
}

/** One yes/no outcome: was it said, is it so. */
interface Outcome extends Observed {
  readonly said: boolean;
  readonly saidAtThreshold: boolean;
  readonly truth: boolean;
}

/** All numbers a person is shown of a version, from rows that the head did not see. */
export function measure(data: PreparedSet, predictions: readonly Prediction[], options: MeasureOptions): Metrics {
  const { categories, mode } = data.set;
  const units = categories.length;
  const groups = groupPredictions(data, predictions);
  const random = Random.for(options.seed, 'bootstrap');
  const outcomes = categories.map((_, unit) => predictions.map((one) => outcomeOf(data, one, unit)));
  const perCategory = categories.map((category, unit): CategoryMetrics => {
    const own = outcomes[unit] as (Outcome | null)[];
    const known = own.filter((outcome) => outcome !== null);
    const counts = count(own);
    const spread =
      f1Of(counts) === null
        ? null
        : bootstrap(groups, (rows) => f1Of(count(rows.map((row) => own[row] ?? null))), random);
    return {
      ...category,
      positives: Math.round(counts.tp + counts.fn),
      negatives: Math.round(counts.fp + counts.tn),
      ...precisionAndRecall(known, ({ said }) => said),
      f1: f1Estimate(counts, spread, {
        all: independentOf(known.filter(({ said, truth }) => said || truth)),
        positives: independentOf(known.filter(({ truth }) => truth)),
      }),
      threshold: {
        targetPrecision: options.targetPrecision,
        threshold: options.thresholds[unit] ?? null,
        ...precisionAndRecall(known, ({ saidAtThreshold }) => saidAtThreshold),
      },
    };
  });
  const f1s = perCategory.flatMap(({ f1 }) => (f1.value === null ? [] : [f1.value]));
  const hits = predictions.map((one) => hitOf(data, one));
  const n = predictions.reduce((sum, { weight }) => sum + weight, 0);
  return {
    source: options.source,
    sourceInWords: options.sourceInWords,
    n: Math.round(n),
    top1: groupedShare(predictions.map((one, at) => ({ ...observed(data, one), hit: hits[at] as number }))),
    macroF1: f1s.length === 0 ? null : f1s.reduce((sum, value) => sum + value, 0) / f1s.length,
    logLoss: logLoss(data, predictions),
    categories: perCategory,
    confusion: mode === 'single' ? confusionOf(data, predictions, units) : [],
    confusionByCategory: outcomes.map((own) => {
      const { tp, fp, fn, tn } = count(own);
      return [
        [Math.round(tn), Math.round(fp)],
        [Math.round(fn), Math.round(tp)],
      ];
    }),
    calibration: calibrationOf(data, predictions, groups, {
      resampling: random,
      chance: Random.for(options.seed, 'calibrated'),
    }),
    accepted: options.accepted,
  };
}

const observed = ({ groups }: PreparedSet, { at, weight }: Prediction): Observed => ({
  group: groups[at] as number,
  weight,
});

function precisionAndRecall(outcomes: readonly Outcome[], said: (outcome: Outcome) => boolean) {
  return {
    precision: groupedShare(outcomes.filter(said).map((outcome) => ({ ...outcome, hit: Number(outcome.truth) }))),
    recall: groupedShare(
      outcomes.filter(({ truth }) => truth).map((outcome) => ({ ...outcome, hit: Number(said(outcome)) })),
    ),
  };
}

function groupPredictions(data: PreparedSet, predictions: readonly Prediction[]): number[][] {
  const groups = new Map<number, number[]>();
  predictions.forEach(({ at }, index) => {
    const group = data.groups[at] as number;
    const own = groups.get(group);
    if (own) own.push(index);
    else groups.set(group, [index]);
  });
  return [...groups.values()];
}

function outcomeOf(data: PreparedSet, one: Prediction, unit: number): Outcome | null {
  const target = data.targets[one.at * data.set.categories.length + unit] as number;
  if (target === 0) return null;
  const p = one.probabilities[unit] as number;
  const threshold = one.thresholds[unit];
  return {
    ...observed(data, one),
    said: data.set.mode === 'single' ? argmax(one.probabilities) === unit : p >= 0.5,
    saidAtThreshold: threshold !== null && threshold !== undefined && p >= threshold,
    truth: target === 1,
  };
}

export function argmax(values: Float64Array): number {
  return values.reduce((best, value, at) => (value > (values[best] as number) ? at : best), 0);
}

function count(outcomes: readonly (Outcome | null)[]) {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (const outcome of outcomes) {
    if (outcome === null) continue;
    if (outcome.truth) counts[outcome.said ? 'tp' : 'fn'] += outcome.weight;
    else counts[outcome.said ? 'fp' : 'tn'] += outcome.weight;
  }
  return counts;
}

const f1Of = ({ tp, fp, fn }: { tp: number; fp: number; fn: number }): number | null =>
  tp + fn === 0 ? null : (2 * tp) / (2 * tp + fp + fn);

/** single: whether the most probable category is right; multi: the share of its known labels that were decided right. */
export function hitOf(data: PreparedSet, { at, probabilities }: Prediction): number {
  const units = probabilities.length;
  if (data.set.mode === 'single') return data.targets[at * units + argmax(probabilities)] === 1 ? 1 : 0;
  let right = 0;
  let known = 0;
  probabilities.forEach((p, unit) => {
    const target = data.targets[at * units + unit] as number;
    if (target === 0) return;
    known++;
    if (p >= 0.5 === target > 0) right++;
  });
  return known === 0 ? 0 : right / known;
}

function confusionOf(data: PreparedSet, predictions: readonly Prediction[], units: number): number[][] {
  const counts = Array.from({ length: units }, () => new Array<number>(units).fill(0));
  for (const { at, probabilities, weight } of predictions) {
    const truth = data.targets.subarray(at * units, (at + 1) * units).indexOf(1);
    const row = counts[truth];
    const said = argmax(probabilities);
    if (row) row[said] = (row[said] ?? 0) + weight;
  }
  return counts.map((row) => row.map((value) => Math.round(value * 100) / 100));
}

function logLoss(data: PreparedSet, predictions: readonly Prediction[]): number | null {
  let sum = 0;
  let all = 0;
  for (const { at, probabilities, weight } of predictions) {
    probabilities.forEach((p, unit) => {
      const target = data.targets[at * probabilities.length + unit] as number;
      if (target === 0 || (data.set.mode === 'single' && target < 0)) return;
      sum -= weight * Math.log(Math.max(1e-12, target > 0 ? p : 1 - p));
      all += weight;
    });
  }
  return all === 0 ? null : sum / all;
}

/** Confidence and hit of every prediction: of the most probable category (single), of every known label (multi). */
function confidencesOf(data: PreparedSet, one: Prediction, probabilities: Float64Array): [number, number][] {
  const units = probabilities.length;
  const isRight = (unit: number) => (data.targets[one.at * units + unit] === 1 ? 1 : 0);
  if (data.set.mode === 'single') {
    const best = argmax(probabilities);
    return [[probabilities[best] as number, isRight(best)]];
  }
  return Array.from(probabilities, (p, unit): [number, number] => [p, isRight(unit)]).filter(
    (_, unit) => data.targets[one.at * units + unit] !== 0,
  );
}

function calibrationOf(
  data: PreparedSet,
  predictions: readonly Prediction[],
  groups: number[][],
  random: { readonly resampling: Random; readonly chance: Random },
) {
  const pairs = predictions.map((one) => confidencesOf(data, one, one.probabilities));
  const errorOf = (all: readonly [number, number][]) => calibrationError(binsOf(all), repeats);
  const binsOf = (all: readonly [number, number][]) =>
    calibrationBins(
      all.map(([confidence]) => confidence),
      all.map(([, hit]) => hit),
    );
  const all = pairs.flat();
  if (all.length === 0) return { ece: nothing(), eceBefore: null, bins: [] };
  const repeats = all.length / independentPairs(data, predictions);
  const { low, high } = calibrationInterval(groups, pairs, random, repeats);
  const value = errorOf(all);
  const independent = Math.round(independentOf(predictions.map((one) => observed(data, one))));
  return {
    ece: estimate(value, low, high, independent),
    eceBefore: errorOf(predictions.flatMap((one) => confidencesOf(data, one, one.uncalibrated))),
    bins: binsOf(all).map((bin) => ({ ...bin, n: Math.round(bin.n / repeats) })),
  };
}

/** multi: an image is asked about once in each category, and its answers are taken to be independent of each other. */
function independentPairs(data: PreparedSet, predictions: readonly Prediction[]): number {
  const units = data.set.categories.length;
  if (data.set.mode === 'single') return independentOf(predictions.map((one) => observed(data, one)));
  return independentOf(
    predictions.flatMap((one) => {
      const { group, weight } = observed(data, one);
      const known = Array.from({ length: units }, (_, unit) => unit).filter(
        (unit) => data.targets[one.at * units + unit] !== 0,
      );
      return known.map((unit) => ({ group: group * units + unit, weight }));
    }),
  );
}
