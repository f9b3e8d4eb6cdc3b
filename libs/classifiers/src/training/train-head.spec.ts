import { describe, expect, it } from 'vitest';
import { HeadScorer } from '../scoring/head-scorer.js';
import { parseHead } from '../scoring/parse-head.js';
import { syntheticSet } from '../testing/synthetic-set.js';
import { trainHead } from './train-head.js';
import type { TrainingRequestInput } from './training-request.js';
import type { TrainingSet } from './training-set.js';

const QUICK: TrainingRequestInput = {
  search: { candidates: 3, rounds: 1, folds: 3 },
  optimiser: { epochs: 12, batchSize: 4 },
  mlp: { hidden: [8] },
};

describe('trainHead', () => {
  it.each(['softmax', 'svm', 'mlp', 'nearest-mean'] as const)(
    '%s learns, measures out of fold, repeats bit for bit',
    (kind) => {
      const set = syntheticSet({});
      const one = trainHead(set, { ...QUICK, heads: [kind] });
      const other = trainHead(set, { ...QUICK, heads: [kind] });
      expect(JSON.stringify(other.document)).toBe(JSON.stringify(one.document));
      expect({ ...other.report, milliseconds: 0 }).toEqual({ ...one.report, milliseconds: 0 });
      expect(one.report.metrics).toMatchObject({ source: 'out-of-fold', n: 36 });
      expect(one.report.metrics.top1.value).toBeGreaterThan(0.8);
      const scores = new HeadScorer(parseHead(JSON.parse(JSON.stringify(one.document)))).scores(
        set.features.penultimate ?? new Float32Array(),
      );
      const right = set.ids.filter((_, row) => {
        const own = scores.subarray(row * 3, row * 3 + 3);
        return own.indexOf(Math.max(...own)) === row % 3;
      });
      expect(right.length).toBeGreaterThan(30);
    },
  );

  it('another seed draws another search', () => {
    const set = syntheticSet({});
    const l2 = (seed: number) => trainHead(set, { ...QUICK, seed }).report.searched.map((point) => point.l2);
    expect(l2(1)).not.toEqual(l2(2));
  });

  it('with enough examples sets parts of their own aside and measures on the test fold alone', () => {
    const set = syntheticSet({ perCategory: 60 });
    const { report } = trainHead(set, QUICK);
    expect(report.split).toEqual({ scheme: 'three-way', train: 108, calibration: 36, test: 36, groups: 180 });
    expect(report.metrics).toMatchObject({ source: 'test-fold', n: 36 });
    expect(report.metrics.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(36);
    expect(report.checks.find(({ name }) => name === 'initial-loss')).toMatchObject({ outcome: 'passed' });
    expect(report.checks.find(({ name }) => name === 'overfit-subset')).toMatchObject({ outcome: 'passed' });
  });

  it('multi: unknown labels are left alone, and every category has a line of its own', () => {
    const set = syntheticSet({ mode: 'multi', categories: 3 });
    const labels = Int8Array.from(set.labels);
    labels[1] = 0;
    const { document, report } = trainHead({ ...set, labels }, QUICK);
    expect(document.calibration).toMatchObject({ kind: 'platt', slopes: { length: 3 } });
    expect(report.data.categories[1]).toMatchObject({ positives: 12, negatives: 23, unknown: 1 });
    expect(report.metrics.confusionByCategory[0]?.flat().reduce((sum, count) => sum + count, 0)).toBe(36);
  });

  it('lists a wrong label as suspicious', () => {
    const set = syntheticSet({ perCategory: 20, noise: 0.3 });
    const labels = Int8Array.from(set.labels);
    labels.set([0, 1, 0], 0);
    const { report } = trainHead({ ...set, labels }, QUICK);
    expect(report.suspicious[0]).toMatchObject({ imageId: 'image 0', categoryId: 'c1', suggestedCategoryId: 'c0' });
  });

  it('three-way: finds a wrong label in whichever part it is', () => {
    const set = syntheticSet({ perCategory: 40, noise: 0.3 });
    const wrong = Array.from({ length: 5 }, (_, at) => at * 24);
    const labels = Int8Array.from(set.labels);
    for (const row of wrong) labels.set([0, 1, 0], row * 3);
    const { report } = trainHead({ ...set, labels }, { ...QUICK, heads: ['nearest-mean'], split: 'three-way' });
    expect(report.suspicious.map(({ imageId }) => imageId).sort()).toEqual(wrong.map((row) => `image ${row}`).sort());
    expect(report.metrics.sourceInWords).toBe(
      '24 images of the test fold: nothing was fitted to them or chosen by them. The fold was used once, ' +
        'for these numbers and for the list of labels worth a second look.',
    );
  });

  it('split is an order: forty examples are cross-fitted, twelve dealt in three parts, where that is wanted', () => {
    const trained = (perCategory: number, split: 'auto' | 'three-way' | 'cross-fit') =>
      trainHead(syntheticSet({ perCategory }), { ...QUICK, heads: ['nearest-mean'], split }).report;
    const crossFitted = trained(40, 'cross-fit');
    expect(trained(40, 'auto').split.scheme).toBe('three-way');
    expect(crossFitted.split).toEqual({ scheme: 'cross-fit', folds: 5, repeats: 3, rows: 120, groups: 120 });
    expect(crossFitted.metrics).toMatchObject({ source: 'out-of-fold', n: 120 });
    expect(crossFitted.metrics.sourceInWords).toBe(
      'Images left out in turn (3 repeated foldings); each was scored and calibrated without it. ' +
        'The settings were chosen on other foldings of the same images; the head itself was then fitted to all of them.',
    );
    const inThree = trained(12, 'three-way');
    expect(trained(12, 'auto').split.scheme).toBe('cross-fit');
    expect(inThree.split).toMatchObject({ scheme: 'three-way', groups: 36 });
    expect(inThree.metrics.source).toBe('test-fold');
    expect(inThree.metrics.sourceInWords).toContain(`${inThree.metrics.n} images of the test fold`);
    expect(inThree.metrics.sourceInWords).toContain('The fold was used once');
  });

  it.each(['softmax', 'mlp'] as const)('%s: the learning curve tells images fitted to from images left out', (kind) => {
    const curveOf = (split: 'three-way' | 'cross-fit') =>
      trainHead(syntheticSet({ perCategory: 40, noise: 1.5 }), { ...QUICK, heads: [kind], split }).report.learningCurve;
    const curve = curveOf('three-way');
    const [first, last] = [curve[0], curve.at(-1)];
    expect(last?.trainAccuracy).toBeGreaterThan(0.85);
    expect(last?.validationAccuracy).toBeGreaterThan(0.6);
    expect(last?.validationLoss).toBeLessThan(first?.validationLoss ?? 0);
    expect(last?.validationLoss).toBeLessThan(Math.log(3));
    expect(last?.validationLoss).not.toBe(last?.trainLoss);
    if (kind === 'softmax') expect(first?.validationLoss).toBeCloseTo(Math.log(3), 6);
    expect(curveOf('cross-fit').at(-1)).toMatchObject({
      trainAccuracy: expect.any(Number) as number,
      validationLoss: null,
      validationAccuracy: null,
    });
  });

  it('says how it chose, and where it could not', () => {
    const reasonOf = (perCategory: number) => trainHead(syntheticSet({ perCategory }), QUICK).report.chosen.reason;
    expect(reasonOf(12)).toMatch(/^Least loss.* on images left out, of 6 settings tried: \w+ on penultimate\.$/);
    expect(reasonOf(1)).toBe(
      'No setting could be compared with another on images left out; the first of 1 was taken: nearest-mean on penultimate.',
    );
  });

  it('the digest tells sets apart that differ in what is known to be alike, in whatever order it is known', () => {
    const { groups, ...set } = syntheticSet({});
    expect(groups).toBeDefined();
    const digestOf = (alike?: [number, number][]) =>
      trainHead({ ...set, ...(alike && { alike }) }, { ...QUICK, heads: ['nearest-mean'] }).report.dataDigest;
    expect(
      digestOf([
        [0, 3],
        [9, 6],
      ]),
    ).toBe(
      digestOf([
        [6, 9],
        [0, 3],
      ]),
    );
    expect(digestOf([[0, 3]])).not.toBe(
      digestOf([
        [6, 9],
        [0, 3],
      ]),
    );
    expect(digestOf([[0, 3]])).not.toBe(digestOf());
  });

  it('trains nearest means on one image a category, and says that nothing could be measured', () => {
    const { report, document } = trainHead(syntheticSet({ perCategory: 1 }), QUICK);
    expect(document.kind).toBe('nearest-mean');
    expect(report.metrics).toMatchObject({ n: 0, top1: { value: null, tooFew: true } });
    expect(report.metrics.sourceInWords).toContain('Nothing could be measured');
  });

  it('a diverging learning rate is given up and named', () => {
    const request = {
      ...QUICK,
      heads: ['mlp' as const],
      optimiser: { epochs: 5, learningRate: 90, schedule: 'constant' as const },
    };
    expect(() => trainHead(syntheticSet({}), request)).toThrow(/learning rate/);
  });
});

describe('trainHead, bad input', () => {
  const set = syntheticSet({});
  const features = set.features.penultimate ?? new Float32Array();
  const cases: [string, TrainingSet, TrainingRequestInput, string, RegExp][] = [
    ['one category only', { ...syntheticSet({ categories: 1 }) }, {}, 'training_data_invalid', /one category only/],
    [
      'no image',
      { ...set, ids: [], labels: new Int8Array(), features: { penultimate: new Float32Array() } },
      {},
      'training_data_invalid',
      /No image/,
    ],
    [
      'NaN',
      { ...set, features: { penultimate: features.map((value, at) => (at === 25 ? NaN : value)) } },
      {},
      'training_data_invalid',
      /NaN in image image 2/,
    ],
    ['all duplicates', { ...set, groups: new Int32Array(36) }, {}, 'training_data_invalid', /contradict/],
    [
      'wrong shape',
      { ...set, labels: new Int8Array(5) },
      {},
      'training_data_invalid',
      /labels: expected 108 values, received 5/,
    ],
    [
      'a category without examples',
      { ...set, labels: set.labels.map((label, at) => (at % 3 === 2 ? 0 : label)) },
      {},
      'training_data_invalid',
      /category 2: expected at least one example/,
    ],
    [
      'contradictions everywhere',
      { ...set, labels: set.labels.map(() => 1) },
      {},
      'training_data_invalid',
      /several at once/,
    ],
    ['an unknown tap', set, { taps: [['stage9']] }, 'invalid_request', /stage9/],
    ['a bad request', set, { seed: -1 }, 'invalid_request', /not valid/],
  ];
  it.each(cases)('%s', (_, bad, request, code, words) => {
    expect(() => trainHead(bad, request)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(words) as string }) as Error,
    );
  });
});
