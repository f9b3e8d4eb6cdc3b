import { describe, expect, it } from 'vitest';
import { prepareSet } from '../training/prepare-set.js';
import type { ClassifierMode } from '../training/training-set.js';
import { f1Estimate, wilson } from './intervals.js';
import { measure, type Prediction } from './measure.js';

/** What an image is (multi: 1, −1 or 0 for each category), and what was said of it. */
interface Case {
  readonly is: readonly number[];
  readonly said: readonly number[];
  readonly group?: number;
}

const OPTIONS = { source: 'out-of-fold', sourceInWords: '', targetPrecision: 0.9, accepted: null, seed: 1 } as const;

function measured(mode: ClassifierMode, cases: readonly Case[], thresholds: readonly (number | null)[], repeats = 1) {
  const units = thresholds.length;
  const data = prepareSet(
    {
      mode,
      categories: Array.from({ length: units }, (_, unit) => ({ id: `c${unit}`, name: `category ${unit}` })),
      encoderFingerprint: 'f',
      ids: cases.map((_, row) => `${row}`),
      features: { penultimate: Float32Array.from(cases, (_, row) => row) },
      labels: Int8Array.from(cases.flatMap(({ is }) => is)),
      groups: Int32Array.from(cases, ({ group }, row) => group ?? 1000 + row),
    },
    0.97,
  );
  const once = cases.map(({ said }, at): Prediction => ({
    at,
    probabilities: Float64Array.from(said),
    uncalibrated: Float64Array.from(said),
    thresholds,
    weight: 1 / repeats,
  }));
  const predictions = Array.from({ length: repeats }, () => once).flat();
  return measure(data, predictions, { ...OPTIONS, thresholds });
}

const times = (count: number, one: Case): Case[] => Array.from({ length: count }, () => one);
const A = [1, 0];
const B = [0, 1];

/** A: 8 right (6 of them surely), 2 taken for B. B: 3 taken for A (1 of them surely), 27 right. */
const FORTY = [
  ...times(6, { is: A, said: [0.9, 0.1] }),
  ...times(2, { is: A, said: [0.6, 0.4] }),
  ...times(2, { is: A, said: [0.3, 0.7] }),
  ...times(1, { is: B, said: [0.8, 0.2] }),
  ...times(2, { is: B, said: [0.6, 0.4] }),
  ...times(27, { is: B, said: [0.05, 0.95] }),
];

describe('measure', () => {
  it('single: counts what was said against what it is', () => {
    const metrics = measured('single', FORTY, [0.7, null]);
    const [a, b] = metrics.categories;
    expect(metrics).toMatchObject({ n: 40, top1: wilson(35, 40), confusion: [[8, 2], [3, 27]] }); // prettier-ignore
    expect(a).toMatchObject({ positives: 10, negatives: 30, precision: wilson(8, 11), recall: wilson(8, 10) });
    expect(b).toMatchObject({ positives: 30, negatives: 10, precision: wilson(27, 29), recall: wilson(27, 30) });
    expect(a?.f1).toMatchObject({ value: 16 / 21, n: 10 });
    expect(b?.f1).toMatchObject({ value: 54 / 59, n: 30 });
    expect(metrics.macroF1).toBeCloseTo((16 / 21 + 54 / 59) / 2, 12);
    const least = f1Estimate({ tp: 8, fp: 3, fn: 2 }, { low: 1, high: 0 });
    expect(a?.f1.low).toBeLessThanOrEqual(least.low);
    expect(a?.f1.high).toBeGreaterThanOrEqual(least.high);
    expect(metrics.confusionByCategory).toEqual([
      [
        [27, 3],
        [2, 8],
      ],
      [
        [8, 2],
        [3, 27],
      ],
    ]);
    const loss = -(
      6 * Math.log(0.9) +
      2 * Math.log(0.6) +
      2 * Math.log(0.3) +
      Math.log(0.2) +
      2 * Math.log(0.4) +
      27 * Math.log(0.95)
    );
    expect(metrics.logLoss).toBeCloseTo(loss / 40, 12);
  });

  it('says what the threshold gave here, and nothing of one that there is not', () => {
    const [a, b] = measured('single', FORTY, [0.7, null]).categories;
    expect(a?.threshold).toEqual({
      targetPrecision: 0.9,
      threshold: 0.7,
      precision: wilson(6, 7),
      recall: wilson(6, 10),
    });
    expect(b?.threshold).toMatchObject({
      threshold: null,
      precision: { value: null, n: 0 },
      recall: { value: 0, n: 30 },
    });
  });

  it('multi: each category by itself from a probability of 0.5 on, unknown labels left out', () => {
    const cases = [
      ...times(4, { is: [1, 0], said: [0.5, 0.9] }),
      ...times(1, { is: [1, -1], said: [0.4, 0.6] }),
      ...times(2, { is: [-1, 1], said: [0.2, 0.7] }),
      ...times(3, { is: [-1, -1], said: [0.8, 0.1] }),
    ];
    const metrics = measured('multi', cases, [0.5, 0.5]);
    const [a, b] = metrics.categories;
    expect(a).toMatchObject({ positives: 5, negatives: 5, precision: wilson(4, 7), recall: wilson(4, 5) });
    expect(b).toMatchObject({ positives: 2, negatives: 4, precision: wilson(2, 3), recall: wilson(2, 2) });
    // Shares right of the known labels of each image: 1, 0, 1, ½.
    expect(metrics).toMatchObject({ confusion: [], top1: wilson(4 + 2 + 1.5, 10) });
    expect(metrics.confusionByCategory[1]).toEqual([
      [3, 1],
      [0, 2],
    ]);
  });

  it('a prediction repeated by three foldings counts as one image, and is no surer', () => {
    const one = measured('single', FORTY, [0.7, null]);
    const three = measured('single', FORTY, [0.7, null], 3);
    expect(three.n).toBe(40);
    expect(three.confusion).toEqual(one.confusion);
    for (const key of ['value', 'low', 'high'] as const) {
      expect(three.top1[key]).toBeCloseTo(one.top1[key] ?? NaN, 9);
      expect(three.categories[0]?.precision[key]).toBeCloseTo(one.categories[0]?.precision[key] ?? NaN, 9);
    }
    expect(three.calibration.ece.n).toBe(40);
    expect(three.calibration.bins.reduce((sum, { n }) => sum + n, 0)).toBeLessThan(60);
  });

  it('takes the noise of thirty images off the calibration error, not of ninety answers', () => {
    const cases = Array.from({ length: 30 }, (_, at) => ({
      is: at % 3 === 0 ? B : A,
      said: [0.6 + at / 100, 0.4 - at / 100],
    }));
    const one = measured('single', cases, [null, null]).calibration;
    const three = measured('single', cases, [null, null], 3).calibration;
    expect(three.ece.value).toBeCloseTo(one.ece.value ?? NaN, 9);
    expect(three.eceBefore).toBeCloseTo(one.eceBefore ?? NaN, 9);
    expect(three.bins.map(({ n }) => n)).toEqual(one.bins.map(({ n }) => n));
  });

  it('near-duplicates count as one image: five pictures of each of six frames are six, too few to tell', () => {
    const frames = Array.from({ length: 6 }, (_, group) =>
      times(5, { is: group < 3 ? A : B, said: group === 0 || group > 2 ? [0.1, 0.9] : [0.9, 0.1], group }),
    ).flat();
    const { n, top1, categories, calibration } = measured('single', frames, [0.5, 0.5]);
    const [a, b] = categories;
    expect(n).toBe(30);
    expect(top1).toEqual(wilson(5, 6));
    expect(top1.tooFew).toBe(true);
    expect(a).toMatchObject({ positives: 15, precision: wilson(2, 2), recall: wilson(2, 3), f1: { value: 0.8, n: 3 } });
    expect(b).toMatchObject({ precision: wilson(3, 4), recall: wilson(3, 3) });
    expect(a?.threshold).toMatchObject({ precision: wilson(2, 2), recall: wilson(2, 3) });
    expect(calibration.ece).toMatchObject({ n: 6, tooFew: true });
  });
});
