import { describe, expect, it } from 'vitest';
import { Random } from '../numeric/random.js';
import type { SearchedPoint } from '../report/training-report.js';
import { HeadScorer } from '../scoring/head-scorer.js';
import { syntheticSet } from '../testing/synthetic-set.js';
import { chooseSetting } from './choose-setting.js';
import { prepareSet } from './prepare-set.js';
import { search } from './search.js';
import { foldsOf } from './split-rows.js';
import { trainHead } from './train-head.js';
import { trainingRequestSchema, type HeadKind, type TrainingRequestInput } from './training-request.js';
import type { TrainingSet } from './training-set.js';

interface Seen {
  readonly done: number;
  readonly point: SearchedPoint | undefined;
}

function searched(set: TrainingSet, input: TrainingRequestInput, kinds: readonly HeadKind[] = ['softmax']) {
  const request = trainingRequestSchema.parse(input);
  const data = prepareSet(set, request.duplicateCosine);
  const picked = Array.from(data.rows, (_, at) => at);
  const folds = foldsOf(data, picked, request.search.folds, Random.for(request.seed, 'search folds'));
  const tapChoices =
    request.taps === 'auto'
      ? Object.keys(set.features)
          .sort()
          .map((tap) => [tap])
      : request.taps;
  const seen: Seen[] = [];
  const onProgress = (done: number, _message: string, point?: SearchedPoint) => seen.push({ done, point });
  return { ...search({ data, request, kinds, tapChoices, picked, folds, onProgress }), seen };
}

/** One cloud of rows around the centre of each of their kinds. */
function cloud(kinds: readonly number[], dimension: number, seed: number, noise = 0.4): Float32Array {
  const random = new Random(seed);
  const centres = new Map<number, number[]>();
  return Float32Array.from(
    kinds.flatMap((kind) => {
      const centre = centres.get(kind) ?? Array.from({ length: dimension }, () => random.normal());
      centres.set(kind, centre);
      return centre.map((value) => value + noise * random.normal());
    }),
  );
}

/** Four categories of ten rows; what each tap is told of a row's category. */
function withTaps(taps: Readonly<Record<string, (category: number) => number>>, dimension = 6): TrainingSet {
  const set = syntheticSet({ categories: 4, perCategory: 10 });
  const categories = set.ids.map((_, row) => row % 4);
  const features = Object.entries(taps).map(([tap, kindOf], at) => [
    tap,
    cloud(categories.map(kindOf), dimension, at + 3),
  ]);
  return { ...set, features: Object.fromEntries(features) as TrainingSet['features'] };
}

const QUICK = { candidates: 4, rounds: 1, folds: 3 };

describe('search, from coarse to fine', () => {
  const rounds = 3;
  const { best, points } = searched(syntheticSet({ noise: 2 }), {
    search: { candidates: 6, rounds, folds: 3 },
    optimiser: { kind: 'sgd', epochs: 15, batchSize: 6 },
  });
  const ofRound = (round: number) => points.filter((point) => point.round === round);
  const chosenBefore = (round: number) => chooseSetting(points.filter((point) => point.round < round));

  it('the first round has a draw in each equal part of the whole range, from strong to weak', () => {
    expect(ofRound(1)).toHaveLength(6);
    ofRound(1).forEach(({ l2 }, part) => {
      expect(Math.log10(10 / l2)).toBeGreaterThanOrEqual(part);
      expect(Math.log10(10 / l2)).toBeLessThanOrEqual(part + 1);
    });
  });

  it.each([
    [2, 6 / 8, 4 / 8],
    [3, 6 / 16, 4 / 16],
  ])('round %i stays around the best so far, within 10^±%d of its l2 and 10^±%d of its rate', (round, l2, rate) => {
    const centre = chosenBefore(round);
    const away = (point: SearchedPoint, of: 'l2' | 'learningRate') =>
      Math.log10((point[of] ?? NaN) / (centre?.[of] ?? NaN));
    const own = ofRound(round);
    expect(own).toHaveLength(6);
    for (const point of own) {
      expect(Math.abs(away(point, 'l2'))).toBeLessThanOrEqual(l2);
      expect(Math.abs(away(point, 'learningRate'))).toBeLessThanOrEqual(rate);
    }
    expect(Math.max(...own.map((point) => away(point, 'l2')))).toBeGreaterThan(0.5 * l2);
    expect(Math.min(...own.map((point) => away(point, 'l2')))).toBeLessThan(-0.5 * l2);
  });

  it('the setting of the least loss of all rounds is chosen', () => {
    const least = Math.min(...points.flatMap(({ loss }) => loss ?? []));
    const { l2, learningRate } = points.find(({ loss }) => loss === least) ?? {};
    expect(best).toEqual({ kind: 'softmax', taps: ['penultimate'], l1: 0, l2, learningRate });
    expect(new Set(points.map(({ loss }) => loss)).size).toBeGreaterThan(6);
  });

  it('what is given is not searched', () => {
    const given = { regularisation: { l2: 0.3, l1: 0.01 }, search: QUICK };
    expect(searched(syntheticSet({}), given).points.map(({ l2, l1 }) => [l2, l1])).toEqual([[0.3, 0.01]]);
    const rate = { optimiser: { kind: 'sgd' as const, learningRate: 0.02, epochs: 3 }, search: QUICK };
    expect(searched(syntheticSet({}), rate).points.map((point) => point.learningRate)).toEqual([
      0.02, 0.02, 0.02, 0.02,
    ]);
  });
});

describe('search, settings that are given up', () => {
  it('are passed over in words of their own, and the search goes on to its end', () => {
    const { best, points } = searched(syntheticSet({ dimension: 6, noise: 2 }), {
      search: { candidates: 8, rounds: 2, folds: 3 },
      optimiser: { kind: 'sgd', epochs: 10, batchSize: 2, momentum: 0.95, schedule: 'constant' },
    });
    const stopped = points.filter((point) => point.stopped !== null);
    expect(points).toHaveLength(16);
    expect(stopped.length).toBeGreaterThan(0);
    expect(stopped.length).toBeLessThan(10);
    for (const point of stopped) {
      expect(point).toMatchObject({ loss: null, accuracy: null, standardError: null });
      expect(point.stopped).toMatch(/more than three times the initial 1\.\d+, in epoch \d+/);
    }
    for (const point of points) {
      // Of a single fold there would be none: the others are measured on every fold that is left.
      if (point.stopped === null) expect(point.standardError).toBeGreaterThan(0);
    }
    const first = points.findIndex((point) => point.stopped !== null);
    expect(points.slice(first).some((point) => point.loss !== null)).toBe(true);
    expect(points.some((point) => point.round === 2 && point.loss !== null)).toBe(true);
    expect(stopped.map(({ learningRate }) => learningRate)).not.toContain(best.learningRate);
    expect(points.find(({ learningRate }) => learningRate === best.learningRate)?.loss).toBeLessThan(1);
  });
});

describe('search, for a person who watches', () => {
  it('moves on after every fit, and hands over each point as soon as its last fold is measured', () => {
    const { points, seen } = searched(syntheticSet({}), { search: QUICK }, ['softmax', 'nearest-mean']);
    const candidates = 5;
    expect(points).toHaveLength(candidates);
    expect(seen).toHaveLength(candidates * QUICK.folds);
    seen.forEach(({ done }, at) => expect(done).toBeCloseTo((at + 1) / seen.length, 10));
    expect(seen.slice(0, -candidates).every(({ point }) => point === undefined)).toBe(true);
    expect(seen.slice(-candidates).map(({ point }) => point)).toEqual(points);
  });

  it('tells of every round and choice of taps how far the whole is', () => {
    const set = withTaps({ stage4: (category) => category, penultimate: (category) => category });
    const { points, seen } = searched(set, { search: { ...QUICK, rounds: 2 } });
    expect(seen.flatMap(({ point }) => point ?? [])).toEqual(points);
    const done = seen.map((one) => one.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBeCloseTo(1, 10);
    expect(seen.filter((one) => one.done <= 0.5).flatMap(({ point }) => point?.round ?? [])).toEqual(
      points.filter(({ round }) => round === 1).map(() => 1),
    );
  });
});

describe('search, of the taps', () => {
  const own = (category: number) => category;
  const nothing = () => 0;

  it.each([
    ['stage4', { stage4: own, penultimate: nothing }],
    ['penultimate', { stage4: nothing, penultimate: own }],
    ['stage3', { stage3: own, stage4: (category: number) => category % 2, penultimate: nothing }],
  ])('%s is chosen where it is the one that tells the categories apart', (tap, taps) => {
    const { best, points } = searched(withTaps(taps), { search: QUICK }, ['softmax', 'svm']);
    expect(best.taps).toEqual([tap]);
    expect(new Set(points.map((point) => point.taps.join()))).toEqual(new Set(Object.keys(taps)));
  });

  it('two that each know half are tried together, chosen, and make a head of both', () => {
    const set = withTaps({
      stage4: (category) => category % 2,
      penultimate: (category) => category >> 1,
      stage3: nothing,
    });
    const { document, report } = trainHead(set, { search: { ...QUICK, rounds: 2 }, heads: ['softmax'] });
    const joined = report.searched.filter(({ taps }) => taps.length > 1);
    expect(joined).toHaveLength(QUICK.candidates);
    expect([...report.chosen.taps].sort()).toEqual(['penultimate', 'stage4']);
    expect(document.taps).toEqual(report.chosen.taps.map((name) => ({ name, dimension: 6 })));
    expect(report.metrics.top1.value).toBeGreaterThan(0.9);
    const alone = report.searched.filter(({ taps }) => taps.length === 1).map(({ accuracy }) => accuracy ?? 0);
    expect(Math.max(...alone)).toBeLessThan(0.75);
    expect(rightOnes(new HeadScorer(document), set)).toBeGreaterThan(36);
  });

  it('they are not tried together in one round, nor where taps are named, nor beyond 4096 components', () => {
    const halves = { stage4: (category: number) => category % 2, penultimate: (category: number) => category >> 1 };
    const together = (set: TrainingSet, input: TrainingRequestInput) =>
      searched(set, input).points.filter(({ taps }) => taps.length > 1).length;
    expect(together(withTaps(halves), { search: QUICK })).toBe(0);
    const two = { ...QUICK, rounds: 2, candidates: 1 };
    expect(together(withTaps(halves), { search: two })).toBe(1);
    expect(together(withTaps(halves), { search: two, taps: [['stage4'], ['penultimate']] })).toBe(0);
    expect(together(withTaps(halves, 2049), { search: two })).toBe(0);
  });

  it('a concatenation that is named is the one that is fitted, in the order given', () => {
    const set = withTaps({ stage4: (category) => category % 2, penultimate: (category) => category >> 1 });
    const { document } = trainHead(set, { search: QUICK, heads: ['svm'], taps: [['stage4', 'penultimate']] });
    expect(document.taps.map(({ name }) => name)).toEqual(['stage4', 'penultimate']);
    expect(rightOnes(new HeadScorer(document), set)).toBeGreaterThan(36);
  });
});

/** Rows whose most probable category, by the taps of the head one after the other, is their own. */
function rightOnes(scorer: HeadScorer, { ids, features }: TrainingSet): number {
  const rows = ids.map((_, row) =>
    scorer.document.taps.flatMap(({ name, dimension }) => [
      ...(features[name] ?? new Float32Array()).subarray(row * dimension, (row + 1) * dimension),
    ]),
  );
  const scores = scorer.scores(Float32Array.from(rows.flat()));
  return ids.filter((_, row) => {
    const own = scores.subarray(row * 4, row * 4 + 4);
    return own.indexOf(Math.max(...own)) === row % 4;
  }).length;
}

describe('class weights of a request', () => {
  /** Nine of ten images are of the first category, and the features say nothing. */
  const set = syntheticSet({ categories: 2, perCategory: 30, dimension: 3 });
  const labels = Int8Array.from(set.ids.flatMap((_, row) => (row % 10 === 0 ? [0, 1] : [1, 0])));
  const random = new Random(9);
  const blind = {
    ...set,
    labels,
    features: { penultimate: set.features.penultimate?.map(() => random.normal()) ?? new Float32Array() },
  };
  const request = { heads: ['softmax' as const], regularisation: { l2: 3 }, search: QUICK };
  const fitted = (classWeights: 'none' | 'balanced') => {
    const { document, report } = trainHead(blind, { ...request, classWeights });
    const [first, second] = new Float64Array(
      Uint8Array.from(Buffer.from(document.layers[0]?.bias ?? '', 'base64')).buffer,
    );
    return {
      share: 1 / (1 + Math.exp((second ?? NaN) - (first ?? NaN))),
      losses: [report.searched[0]?.loss, report.metrics.logLoss],
    };
  };

  it('none: the head, and those of the folds, know how frequent each category is', () => {
    const { share, losses } = fitted('none');
    expect(share).toBeCloseTo(0.9, 2);
    for (const loss of losses) expect(loss).toBeCloseTo(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1), 1);
  });

  it('balanced: they start from the same for each', () => {
    const { share, losses } = fitted('balanced');
    expect(share).toBeCloseTo(0.5, 2);
    for (const loss of losses) expect(loss).toBeCloseTo(Math.LN2, 1);
  });
});
