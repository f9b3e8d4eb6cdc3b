import { describe, expect, it } from 'vitest';
import { Random } from '../numeric/random.js';
import { syntheticSet } from '../testing/synthetic-set.js';
import { withCopies } from '../testing/with-copies.js';
import { outOfFold } from './out-of-fold.js';
import { prepareSet } from './prepare-set.js';
import { foldsOf } from './split-rows.js';
import { trainHead } from './train-head.js';
import { trainingRequestSchema } from './training-request.js';
import type { TrainingSet } from './training-set.js';

const NEAREST = { kind: 'nearest-mean' as const, taps: ['penultimate'], l2: 0, l1: 0, learningRate: null };
const REQUEST = { heads: ['nearest-mean' as const], search: { candidates: 1, rounds: 1, folds: 3 } };

/** A copy of each image that has faded so far that nobody could tell what it shows. */
function withFadedCopies(set: TrainingSet): TrainingSet {
  const copies = withCopies(set, 1);
  const own = set.features.penultimate?.length ?? 0;
  return {
    ...copies,
    features: {
      penultimate:
        copies.features.penultimate?.map((value, at) => (at < own ? value : 0.01 * value)) ?? new Float32Array(),
    },
  };
}

const plain = (perCategory: number) => syntheticSet({ perCategory, noise: 0.5 });

describe('augmented copies', () => {
  it('are fitted to, in the head that is kept and in those of the folds', () => {
    const [copied, own] = [withFadedCopies(plain(12)), plain(12)].map((set) => trainHead(set, REQUEST));
    expect(copied?.document.layers).not.toEqual(own?.document.layers);
    expect(copied?.document.standardiser).not.toEqual(own?.document.standardiser);
    expect(copied?.document.refusal?.threshold).not.toBe(own?.document.refusal?.threshold);
    expect(copied?.report.searched[0]?.loss).not.toBe(own?.report.searched[0]?.loss);
  });

  it('no setting is measured on them', () => {
    const [point] = trainHead(withFadedCopies(plain(12)), REQUEST).report.searched;
    expect(point?.accuracy).toBe(1);
  });

  it('cross-fit: images alone are asked out of fold, for calibration, refusal and metrics', () => {
    const set = withFadedCopies(plain(12));
    const { document, report } = trainHead(set, { ...REQUEST, split: 'cross-fit' });
    expect(report.data).toMatchObject({ rows: 72, copies: 36 });
    expect(report.metrics).toMatchObject({ n: 36, top1: { value: 1, n: 36 }, calibration: { ece: { n: 36 } } });
    expect(report.metrics.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(36);
    expect(document.refusal?.n).toBe(3 * 36);
    expect(report.metrics.accepted?.n).toBe(36);
  });

  it('three-way: they are in the part that is trained on, and in no other', () => {
    const { document, report } = trainHead(withFadedCopies(plain(30)), { ...REQUEST, split: 'three-way' });
    expect(report.split).toMatchObject({ train: 108, calibration: 18, test: 18 });
    expect(report.metrics).toMatchObject({ n: 18, top1: { value: 1 } });
    expect(document.refusal?.n).toBe(18);
  });

  it('go where their image goes: a head that has learnt one by heart is not asked about the other', () => {
    const random = new Random(3);
    const blank = syntheticSet({ perCategory: 20, dimension: 60 });
    const noise = { ...blank, features: { penultimate: Float32Array.from({ length: 3600 }, () => random.normal()) } };
    const data = prepareSet(withCopies(noise, 1), 0.97);
    const all = Array.from(data.rows, (_, at) => at);
    const folds = foldsOf(data, all, 3, new Random(1));
    expect([...folds.subarray(60)]).toEqual([...folds.subarray(0, 60)]);
    const request = trainingRequestSchema.parse({});
    const asked = outOfFold(data, request, { ...NEAREST, kind: 'softmax', l2: 1e-4 }, all, folds);
    expect([...asked.rows].sort((a, b) => a - b)).toEqual(all.slice(0, 60));
    expect(asked.trainAccuracy).toBe(1);
    const right = asked.rows.filter((row, at) => {
      const own = asked.values.subarray(at * 3, at * 3 + 3);
      return own.indexOf(Math.max(...own)) === row % 3;
    });
    expect(right.length).toBeLessThan(35);
  });
});
