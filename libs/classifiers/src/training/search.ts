import { networkOutputs } from '../heads/network-outputs.js';
import { Random } from '../numeric/random.js';
import type { SearchedPoint } from '../report/training-report.js';
import { ALWAYS_TRAIN } from '../splits/stratified-folds.js';
import { applyDesign, designOf, dimensionOf } from './design.js';
import { fitHead, usesSteps, widthOf, type Candidate } from './fit-head.js';
import { chooseSetting } from './choose-setting.js';
import { judge } from './loss-of-outputs.js';
import type { PreparedSet } from './prepare-set.js';
import type { HeadKind, TrainingRequest } from './training-request.js';

const L2_RANGE = [1e-5, 10] as const;
/** Dual coordinate descent takes thousands of passes below that, and the margin is hard by then. */
const SVM_L2_RANGE = [1e-3, 30] as const;
const RATE_RANGE = [1e-4, 1] as const;
/** A concatenation longer than this is not tried unless it is asked for. */
const WIDEST_CONCATENATION = 4096;

export interface SearchInput {
  readonly data: PreparedSet;
  readonly request: TrainingRequest;
  readonly kinds: readonly HeadKind[];
  readonly tapChoices: readonly (readonly string[])[];
  /** Rows to learn from. */
  readonly picked: readonly number[];
  /** Their folds, in the same order. */
  readonly folds: Int32Array;
  /**
   * After every fit.
   *
   * @param done 0 … 1 over the whole search
   * @param point the setting, once it is measured on its last fold
   */
  onProgress(done: number, message: string, point?: SearchedPoint): void;
}

/**
 * Coarse-to-fine random search in log space by cross-validation: the first round over the whole range and every choice of
 * taps and kind, later rounds around the best point (`chooseSetting`) within a range that shrinks to its root.
 *
 * @returns every point tried, and the best of them
 */
export function search(input: SearchInput): { best: Candidate; points: SearchedPoint[] } {
  const { request } = input;
  const random = Random.for(request.seed, 'search');
  const points: SearchedPoint[] = [];
  let best: Candidate | undefined;
  for (let round = 1; round <= request.search.rounds; round++) {
    const plan = best === undefined ? coarse(input, random) : fine(input, best, points, round, random);
    const count = plan.reduce((sum, { candidates }) => sum + candidates.length, 0);
    let before = 0;
    for (const { taps, candidates } of plan) {
      for (const { share, message, point } of crossValidate(input, taps, candidates, round)) {
        if (point) points.push(point);
        input.onProgress(
          (round - 1 + (before + share * candidates.length) / count) / request.search.rounds,
          message,
          point,
        );
      }
      before += candidates.length;
    }
    best = candidateAt(chooseSetting(points) ?? (points[0] as SearchedPoint));
  }
  return { best: best as Candidate, points };
}

const candidateAt = ({ kind, taps, l2, l1, learningRate }: SearchedPoint): Candidate => ({
  kind,
  taps,
  l2,
  l1,
  learningRate,
});

interface Plan {
  readonly taps: readonly string[];
  readonly candidates: readonly Candidate[];
}

function coarse({ request, kinds, tapChoices }: SearchInput, random: Random): Plan[] {
  return tapChoices.map((taps) => ({
    taps,
    candidates: kinds.flatMap((kind) => {
      const count = kind === 'nearest-mean' ? 1 : request.search.candidates;
      return spread(kind === 'svm' ? SVM_L2_RANGE : L2_RANGE, count, random).map((l2) =>
        candidateOf(kind, taps, request, l2, random.logUniform(...RATE_RANGE)),
      );
    }),
  }));
}

/** Around the best; the concatenation of the two best taps joins where taps are free to choose. */
function fine(
  { request, data }: SearchInput,
  best: Candidate,
  points: readonly SearchedPoint[],
  round: number,
  random: Random,
): Plan[] {
  const shrink = Math.pow(2, -(round - 1));
  const around = (centre: number, [low, high]: readonly [number, number]): [number, number] => {
    const half = Math.pow(high / low, shrink / 4);
    return [centre / half, centre * half];
  };
  const count = best.kind === 'nearest-mean' ? 1 : request.search.candidates;
  const choices: (readonly string[])[] = best.kind === 'nearest-mean' ? [] : [best.taps];
  if (request.taps === 'auto' && round === 2) {
    const both = twoBest(points, best.kind);
    if (both.length === 2 && dimensionOf(data, both) <= WIDEST_CONCATENATION) choices.push(both);
  }
  return choices.map((taps) => ({
    taps,
    candidates: spread(around(best.l2, best.kind === 'svm' ? SVM_L2_RANGE : L2_RANGE), count, random).map((l2) =>
      candidateOf(best.kind, taps, request, l2, random.logUniform(...around(best.learningRate ?? 0.01, RATE_RANGE))),
    ),
  }));
}

function twoBest(points: readonly SearchedPoint[], kind: HeadKind): string[] {
  const least = new Map<string, number>();
  for (const { taps, loss, kind: own } of points) {
    const [tap] = taps;
    if (own !== kind || taps.length !== 1 || tap === undefined || loss === null) continue;
    least.set(tap, Math.min(loss, least.get(tap) ?? Infinity));
  }
  return [...least]
    .sort((a, b) => a[1] - b[1])
    .slice(0, 2)
    .map(([tap]) => tap);
}

/** One draw in each of `count` equal parts of the range in log space, from strong to weak. */
function spread([low, high]: readonly [number, number], count: number, random: Random): number[] {
  const ratio = Math.log(high / low) / count;
  return Array.from({ length: count }, (_, part) => high * Math.exp(-ratio * (part + random.next())));
}

function candidateOf(
  kind: HeadKind,
  taps: readonly string[],
  request: TrainingRequest,
  l2: number,
  rate: number,
): Candidate {
  const { regularisation, optimiser } = request;
  if (kind === 'nearest-mean') return { kind, taps, l2: 0, l1: 0, learningRate: null };
  return {
    kind,
    taps,
    l2: regularisation.l2 ?? l2,
    l1: kind === 'svm' ? 0 : (regularisation.l1 ?? 0),
    learningRate: usesSteps(kind, request) ? (optimiser.learningRate ?? rate) : null,
  };
}

interface Tried {
  /** Of the fits of this choice of taps, how many are done: 0 … 1. */
  readonly share: number;
  readonly message: string;
  readonly point?: SearchedPoint;
}

/**
 * Every candidate of one choice of taps on the same folds, fold by fold, so that each design is prepared once and a softmax
 * starts from its neighbour. Tells after every fit; in the last fold each candidate is measured and handed over.
 */
function* crossValidate(
  input: SearchInput,
  taps: readonly string[],
  all: readonly Candidate[],
  round: number,
): Generator<Tried> {
  const { data, request, picked, folds } = input;
  const candidates = all.filter((one, at) => all.findIndex((other) => sameFit(one, other)) === at);
  const width = widthOf(input.kinds, request, data.set.categories.length);
  const results = candidates.map(() => ({
    losses: [] as number[],
    accuracies: [] as number[],
    stopped: null as string | null,
  }));
  const foldings = foldsWith(data, picked, folds);
  for (const [index, { trained, left }] of foldings.entries()) {
    const { problem, standardiser } = designOf(data, taps, trained, width, request.classWeights === 'balanced');
    const validation = applyDesign(data, taps, left, width, standardiser);
    const isLast = index === foldings.length - 1;
    let start: Float64Array | undefined;
    for (const [at, candidate] of candidates.entries()) {
      const result = results[at] as (typeof results)[number];
      if (result.stopped === null) {
        const canStart = start !== undefined && candidate.kind === 'softmax';
        const fit = fitHead(problem, candidate, {
          request,
          seed: request.seed,
          tolerance: 1e-3,
          ...(canStart && { start }),
        });
        start = fit.parameters ?? start;
        result.stopped = fit.stopped;
        if (fit.stopped === null) {
          const { loss, accuracy } = judge(validation, networkOutputs(fit, validation.matrix));
          result.losses.push(loss);
          result.accuracies.push(accuracy);
        }
      }
      const share = (index + (at + 1) / candidates.length) / foldings.length;
      const what = `${candidate.kind} on ${taps.join(' + ')}`;
      if (isLast) yield { share, message: `Tried ${what}.`, point: pointOf(candidate, result, round) };
      else yield { share, message: `Fold ${index + 1} of ${foldings.length}: ${what}.` };
    }
  }
  if (foldings.length > 0) return;
  const unmeasured = { losses: [], accuracies: [], stopped: null };
  for (const candidate of candidates) {
    yield { share: 1, message: `Nothing to try ${candidate.kind} on.`, point: pointOf(candidate, unmeasured, round) };
  }
}

/** What is fitted to and what is measured on, for every fold that has images to measure on. */
function foldsWith(data: PreparedSet, picked: readonly number[], folds: Int32Array) {
  const count = folds.reduce((most, fold) => Math.max(most, fold), ALWAYS_TRAIN) + 1;
  return Array.from({ length: count }, (_, fold) => ({
    trained: picked.filter((_row, at) => folds[at] !== fold),
    left: picked.filter((row, at) => folds[at] === fold && !data.isCopy[row]),
  })).filter(({ left }) => left.length > 0);
}

const sameFit = (a: Candidate, b: Candidate): boolean =>
  a.kind === b.kind && a.l2 === b.l2 && a.l1 === b.l1 && a.learningRate === b.learningRate;

function pointOf(
  candidate: Candidate,
  { losses, accuracies, stopped }: { losses: number[]; accuracies: number[]; stopped: string | null },
  round: number,
): SearchedPoint {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const isMeasured = stopped === null && losses.length > 0;
  const average = mean(losses);
  const variance = losses.reduce((sum, loss) => sum + (loss - average) ** 2, 0) / Math.max(1, losses.length - 1);
  return {
    ...candidate,
    round,
    loss: isMeasured ? average : null,
    accuracy: isMeasured ? mean(accuracies) : null,
    standardError: isMeasured && losses.length > 1 ? Math.sqrt(variance / losses.length) : null,
    stopped,
  };
}
