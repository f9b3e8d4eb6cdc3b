import { describe, expect, it } from 'vitest';
import { HeadScorer } from '../scoring/head-scorer.js';
import { syntheticSet } from '../testing/synthetic-set.js';
import { applyDesign, designOf, fitStandardiser, standardised } from './design.js';
import { prepareSet } from './prepare-set.js';
import { trainHead } from './train-head.js';
import type { HeadKind } from './training-request.js';
import type { TrainingSet } from './training-set.js';

const COLUMNS = 10;

/** The set with every feature turned into another; the same for rows that a head is asked about. */
const withFeatures = (set: TrainingSet, change: (value: number, column: number) => number): TrainingSet => ({
  ...set,
  features: {
    penultimate: (set.features.penultimate ?? new Float32Array()).map((value, at) => change(value, at % COLUMNS)),
  },
});

const scoresOf = (set: TrainingSet, kind: HeadKind, asked: TrainingSet = set): number[] => {
  const { document } = trainHead(set, {
    heads: [kind],
    search: { candidates: 3, rounds: 1, folds: 3 },
    optimiser: { epochs: 8 },
  });
  return [...new HeadScorer(document).scores(asked.features.penultimate ?? new Float32Array())];
};

function mustBeAlike(scores: readonly number[], others: readonly number[]): void {
  expect(scores.length).toBe(others.length);
  scores.forEach((score, at) => expect(score).toBeCloseTo(others[at] ?? NaN, 3));
}

describe('standardisation', () => {
  it('takes the mean off each feature and divides by its deviation', () => {
    const raw = Float32Array.of(1, 10, 3, 10, 5, 40);
    const { mean, scale } = fitStandardiser(raw, 2);
    expect([...mean]).toEqual([3, 20]);
    expect(scale[0]).toBeCloseTo(1 / Math.sqrt(8 / 3), 12);
    expect(scale[1]).toBeCloseTo(1 / Math.sqrt(200), 12);
    const matrix = standardised(raw, { mean, scale }, 1);
    const deviation = Math.sqrt(1.5);
    expect([0, 1, 2].map((row) => matrix.row(row)[0])).toEqual([-deviation, 0, deviation].map(Math.fround));
  });

  it('a feature that does not vary counts for nothing, whatever it is asked about later', () => {
    const standardiser = fitStandardiser(Float32Array.of(7, 1e-9, 7, 1e-9), 2);
    expect([...standardiser.scale]).toEqual([0, 0]);
    expect([...standardised(Float32Array.of(9, 4), standardiser, 1).row(0)].slice(0, 2)).toEqual([0, 0]);
  });

  it('is learnt from the rows that are fitted to alone, and applied to the others', () => {
    const data = prepareSet(syntheticSet({}), 0.97);
    const { standardiser } = designOf(data, ['penultimate'], [0, 1, 2, 3], 3, false);
    const own = fitStandardiser(
      syntheticSet({}).features.penultimate?.slice(0, 4 * COLUMNS) ?? new Float32Array(),
      COLUMNS,
    );
    expect(standardiser).toEqual(own);
    const { matrix } = applyDesign(data, ['penultimate'], [9], 3, standardiser);
    const raw = syntheticSet({}).features.penultimate?.[9 * COLUMNS] ?? NaN;
    expect(matrix.row(0)[0]).toBeCloseTo((raw - (own.mean[0] ?? NaN)) * (own.scale[0] ?? NaN), 5);
  });

  it.each(['softmax', 'svm', 'mlp', 'nearest-mean'] as const)(
    '%s: the unit of a feature changes no prediction',
    (kind) => {
      const set = syntheticSet({ noise: 1 });
      const scaled = withFeatures(set, (value, column) => (column === 3 ? 1000 * value + 50 : value));
      mustBeAlike(scoresOf(scaled, kind), scoresOf(set, kind));
    },
  );

  it.each(['softmax', 'nearest-mean'] as const)('%s: what never varied in training changes no prediction', (kind) => {
    const constant = withFeatures(syntheticSet({ noise: 1 }), (value, column) => (column === 3 ? 5 : value));
    const other = withFeatures(constant, (value, column) => (column === 3 ? -200 : value));
    expect(scoresOf(constant, kind, other)).toEqual(scoresOf(constant, kind));
  });
});
