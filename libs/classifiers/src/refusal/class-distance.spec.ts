import { describe, expect, it } from 'vitest';
import { labelWeights } from '../heads/problem.js';
import { Random } from '../numeric/random.js';
import { HeadScorer } from '../scoring/head-scorer.js';
import { parseHead } from '../scoring/parse-head.js';
import { syntheticSet } from '../testing/synthetic-set.js';
import { fitStandardiser, standardised } from '../training/design.js';
import { trainHead } from '../training/train-head.js';
import type { ClassifierMode } from '../training/training-set.js';
import { ClassDistance, fitRefusal } from './class-distance.js';

const COLUMNS = 6;

/** Rows around a centre of their category; in every direction as much as `spread` says. */
function rowsAround(
  centres: readonly number[][],
  perCentre: number,
  spread: readonly number[],
  seed = 1,
): Float32Array {
  const random = new Random(seed);
  const rows = centres.flatMap((centre) =>
    Array.from({ length: perCentre }, () => centre.map((value, at) => value + (spread[at] ?? 0) * random.normal())),
  );
  return Float32Array.from(rows.flat());
}

function refusalOf(raw: Float32Array, categories: readonly number[], units: number, mode: ClassifierMode = 'single') {
  const standardiser = fitStandardiser(raw, COLUMNS);
  const matrix = standardised(raw, standardiser, units);
  const targets = new Int8Array(categories.length * units).fill(-1);
  categories.forEach((category, row) => (targets[row * units + category] = 1));
  const weights = labelWeights(mode, units, targets, false);
  return fitRefusal({ mode, units, matrix, targets, weights }, standardiser);
}

const CENTRES = [
  [6, 0, 0, 0, 0, 0],
  [0, 6, 0, 0, 0, 0],
];
const SPREAD = [1, 1, 1, 1, 1, 0.1];
const CATEGORIES = Array.from({ length: 400 }, (_, row) => Math.floor(row / 200));
const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('fitRefusal', () => {
  it('measures images like the labelled ones at about 1, whichever category they are of', () => {
    const { distances } = refusalOf(rowsAround(CENTRES, 200, SPREAD), CATEGORIES, 2);
    for (const centre of CENTRES) {
      const others = distances(rowsAround([centre], 200, SPREAD, 2));
      expect(mean(others)).toBeGreaterThan(0.7);
      expect(mean(others)).toBeLessThan(1.4);
    }
  });

  it('goes by how far images of a category lie apart in each direction: 3 in a wide one is nearer than 3 in a narrow one', () => {
    const { distances } = refusalOf(rowsAround(CENTRES, 200, SPREAD), CATEGORIES, 2);
    const [wide = 0, narrow = 0] = distances(Float32Array.of(6, 0, 3, 0, 0, 0, 6, 0, 0, 0, 0, 3));
    expect(narrow).toBeGreaterThan(3 * wide);
  });

  it('finds what lies between two categories less like either than what lies at one', () => {
    const { distances } = refusalOf(rowsAround(CENTRES, 200, SPREAD), CATEGORIES, 2);
    const [first = 0, second = 0, between = 0] = distances(Float32Array.of(...CENTRES.flat(), 3, 3, 0, 0, 0, 0));
    expect(first).toBeLessThan(0.1);
    expect(second).toBeLessThan(0.1);
    expect(between).toBeGreaterThan(1);
  });

  it('multi: has one centre, since an image may be in no category', () => {
    const { model } = refusalOf(rowsAround(CENTRES, 200, SPREAD), CATEGORIES, 2, 'multi');
    expect(model.centres).toHaveLength(COLUMNS);
    expect(Math.max(...model.centres.map(Math.abs))).toBeLessThan(1e-5);
  });

  it('a category without a row has no centre, so the middle of all the others is not near to it', () => {
    const raw = rowsAround(CENTRES, 200, SPREAD);
    const [with3, with2] = [refusalOf(raw, CATEGORIES, 3), refusalOf(raw, CATEGORIES, 2)];
    const middle = Float32Array.of(3, 3, 0, 0, 0, 0);
    expect([...with3.distances(middle)]).toEqual([...with2.distances(middle)]);
  });

  it('knows no distance without a row', () => {
    expect(() => refusalOf(new Float32Array(), [], 2)).toThrow(
      expect.objectContaining({ code: 'training_data_invalid' }) as Error,
    );
  });

  it('of rows that do not vary is a model of finite numbers', () => {
    const { model, distances } = refusalOf(rowsAround(CENTRES, 200, [0, 0, 0, 0, 0, 0]), CATEGORIES, 2);
    expect([...model.variances, model.residualVariance].every((value) => value > 0 && Number.isFinite(value))).toBe(
      true,
    );
    expect([...distances(Float32Array.from(CENTRES.flat()))].every((value) => value < 1e-3)).toBe(true);
  });
});

describe('ClassDistance', () => {
  // Centre at the origin; variance 4 along the first axis, 1 in each of the two others.
  const model = {
    dimension: 3,
    centres: Float32Array.of(0, 0, 0, 10, 0, 0),
    directions: Float32Array.of(1, 0, 0),
    variances: [4],
    residualVariance: 1,
  };
  it.each([
    [[0, 0, 0], 0],
    [[2, 0, 0], 4 / 4 / 3],
    [[0, 2, 0], 4 / 3],
    [[0, 1, 2], 5 / 3],
    [[9, 0, 0], 1 / 4 / 3],
    [[10, 3, 0], 9 / 3],
  ])('of %j is %d', (row, distance) => {
    expect(new ClassDistance(model).of(Float64Array.from(row))).toBeCloseTo(distance, 12);
  });

  it('nothing is further than a row that is no number', () => {
    expect(new ClassDistance(model).of(Float64Array.of(0, NaN, 0))).toBe(Infinity);
    expect(new ClassDistance(model).of(Float64Array.of(Infinity, 0, 0))).toBe(Infinity);
  });
});

describe('refusal of a trained head', () => {
  const set = syntheticSet({ perCategory: 60, noise: 1 });
  const { document, report } = trainHead(set, {
    heads: ['softmax'],
    search: { candidates: 2, rounds: 1, folds: 3 },
    acceptance: 0.9,
  });
  const scorer = new HeadScorer(parseHead(JSON.parse(JSON.stringify(document))));

  it('lets about the wanted share of images like the labelled ones through, and the report says how many', () => {
    expect(document.refusal).toMatchObject({ acceptance: 0.9, n: 36 });
    const others = scorer.distances(
      syntheticSet({ perCategory: 60, noise: 1 }).features.penultimate ?? new Float32Array(),
    );
    const accepted = (others ?? new Float32Array()).filter((distance) => distance <= 1).length / 180;
    expect(accepted).toBeGreaterThan(0.82);
    expect(accepted).toBeLessThan(0.99);
    expect(report.metrics.accepted).toMatchObject({ n: 36 });
    expect(report.metrics.accepted?.value).toBeGreaterThan(0.75);
  });

  it('refuses what is unlike anything labelled, and what is no number', () => {
    const far = new Float32Array(10).fill(20);
    expect(scorer.distances(far)?.[0]).toBeGreaterThan(3);
    expect(scorer.distances(new Float32Array(10).fill(NaN))?.[0]).toBe(Infinity);
  });

  /** One image has a feature that is far beyond float32 beside how little it varies in the others. */
  const withOutlier = (perCategory: number) => {
    const plain = syntheticSet({ perCategory });
    const values = plain.features.penultimate ?? new Float32Array();
    const penultimate = values.map((value, at) => (at % 10 === 3 ? (at < 10 ? 3e38 : 1e-3 * value) : value));
    return () =>
      trainHead(
        { ...plain, features: { penultimate } },
        { heads: ['nearest-mean'], search: { candidates: 1, rounds: 1, folds: 3 } },
      ).document.refusal?.threshold;
  };

  it('rests on a number: where an image of no finite distance would be the border, the training says so', () => {
    expect(withOutlier(4)).toThrow(
      expect.objectContaining({
        code: 'training_diverged',
        message: 'The distances that refusal rests on are not finite: the features are too large.',
      }) as Error,
    );
  });

  it('lets such an image be refused where it is one of many', () => {
    expect(withOutlier(40)()).toBeGreaterThan(1);
    expect(withOutlier(40)()).toBeLessThan(5);
  });

  it('there is none where nothing could be left out to rest it on', () => {
    const { document: single } = trainHead(syntheticSet({ perCategory: 1 }), {});
    expect(single.refusal).toBeNull();
    expect(new HeadScorer(single).distances(new Float32Array(10))).toBeNull();
  });
});
