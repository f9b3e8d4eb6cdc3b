import { describe, expect, it } from 'vitest';
import { syntheticSet } from '../testing/synthetic-set.js';
import { prepareSet, type PreparedSet } from './prepare-set.js';
import { splitRows, type Split } from './split-rows.js';
import { trainHead } from './train-head.js';
import { trainingRequestSchema, type TrainingRequestInput } from './training-request.js';
import type { TrainingSet } from './training-set.js';

const split = (set: TrainingSet, input: TrainingRequestInput): { data: PreparedSet; parts: Split } => {
  const data = prepareSet(set, 0.97);
  return { data, parts: splitRows(data, trainingRequestSchema.parse(input)) };
};

const hasEveryCategory = ({ set, targets }: PreparedSet, rows: readonly number[]): boolean =>
  set.categories.every((_, unit) => rows.some((at) => targets[at * set.categories.length + unit] === 1));

/** Each category shows `frames` pictures of each of `scenes` scenes. */
const scenes = (count: number, frames: number): TrainingSet => {
  const set = syntheticSet({ perCategory: count * frames });
  return { ...set, groups: Int32Array.from(set.ids, (_, row) => (row % 3) * count + (Math.floor(row / 3) % count)) };
};

/** Three hundred images: 30 in both categories, 2 in the second alone, the others in neither. */
const overlapping = (): TrainingSet => {
  const set = syntheticSet({ mode: 'multi', categories: 2, perCategory: 150 });
  const labels = new Int8Array(set.labels.length).fill(-1);
  for (let row = 0; row < 30; row++) labels.set([1, 1], row * 2);
  for (let row = 30; row < 32; row++) labels.set([-1, 1], row * 2);
  return { ...set, labels };
};

/** Two yes/no questions with `positives` images each that are labelled for that one alone, and images that are in neither. */
const fewNegatives = (positives: number, negatives: number): TrainingSet => {
  const set = syntheticSet({ mode: 'multi', categories: 2, perCategory: positives + negatives });
  const labels = set.labels.map((label, at) => (label === 1 || at < 4 * positives ? Math.max(0, label) : -1));
  const rows = 2 * positives + negatives;
  for (let row = 2 * positives; row < rows; row++) labels.set([-1, -1], row * 2);
  const { penultimate = new Float32Array() } = set.features;
  return {
    ...set,
    ids: set.ids.slice(0, rows),
    features: { penultimate: penultimate.slice(0, rows * (penultimate.length / set.ids.length)) },
    labels: labels.slice(0, rows * 2),
    groups: Int32Array.from({ length: rows }, (_, row) => row),
  };
};

describe('splitRows', () => {
  it('in three parts: 60 % to train on, 20 % to calibrate on, 20 % to measure on', () => {
    const { data, parts } = split(syntheticSet({ perCategory: 10 }), { split: 'three-way' });
    if (parts.scheme !== 'three-way') throw new Error(parts.scheme);
    const { train, calibration, test } = parts;
    expect([train.length, calibration.length, test.length]).toEqual([18, 6, 6]);
    expect(new Set([...train, ...calibration, ...test]).size).toBe(30);
    for (const part of [train, calibration, test]) expect(hasEveryCategory(data, part)).toBe(true);
  });

  it('in three parts: five independent examples of each category are enough', () => {
    const { data, parts } = split(scenes(5, 4), { split: 'three-way' });
    if (parts.scheme !== 'three-way') throw new Error(parts.scheme);
    expect(parts.train).toHaveLength(36);
    for (const part of [parts.train, parts.calibration, parts.test]) expect(hasEveryCategory(data, part)).toBe(true);
  });

  it.each([2, 3, 4])('refuses to make three parts of %i independent examples, and says how many it takes', (count) => {
    const train = () => trainHead(scenes(count, 6), { split: 'three-way' });
    expect(train).toThrow(
      expect.objectContaining({
        code: 'training_data_invalid',
        message: expect.stringMatching(
          new RegExp(`category 0: .*at least 5 independent examples.*there (is|are) ${count}.*cross-fit`),
        ) as string,
        fields: [0, 1, 2].map((at) => ({
          path: `categories.category ${at}`,
          expected: 'at least 5 independent examples for three parts',
          received: `${count}`,
        })),
      }) as Error,
    );
  });

  it('by itself makes three parts from thirty independent examples of each category on', () => {
    expect(split(syntheticSet({ perCategory: 29 }), {}).parts.scheme).toBe('cross-fit');
    expect(split(syntheticSet({ perCategory: 30 }), {}).parts.scheme).toBe('three-way');
    expect(split(scenes(10, 12), {}).parts.scheme).toBe('cross-fit');
  });

  it('cross-fits a yes/no question with few negatives, and refuses three parts of them', () => {
    for (const negatives of [1, 2, 4]) {
      expect(split(fewNegatives(40, negatives), {}).parts.scheme).toBe('cross-fit');
      const received = negatives === 1 ? 'there is 1' : `there are ${negatives}`;
      expect(() => split(fewNegatives(40, negatives), { split: 'three-way' })).toThrow(
        expect.objectContaining({
          code: 'training_data_invalid',
          message: expect.stringMatching(
            new RegExp(`category 0: .*at least 5 independent negatives.*${received};.*cross-fit`),
          ) as string,
          fields: [0, 1].map((at) => ({
            path: `categories.category ${at}`,
            expected: 'at least 5 independent negatives for three parts',
            received: `${negatives}`,
          })),
        }) as Error,
      );
    }
  });

  it('with few negatives the training warns that they are too few to tell how good the head is', () => {
    const { report } = trainHead(fewNegatives(40, 2), { heads: ['nearest-mean'] });
    expect(report.checks.find(({ name }) => name === 'data')).toMatchObject({
      outcome: 'warning',
      words: expect.stringContaining('only 2 independent negatives') as string,
      value: 2,
    });
  });

  it('makes three parts of a yes/no question by itself from thirty independent negatives on', () => {
    expect(split(fewNegatives(40, 29), {}).parts.scheme).toBe('cross-fit');
    expect(split(fewNegatives(40, 30), {}).parts.scheme).toBe('three-way');
  });

  it('in three parts: each has negatives of every yes/no question, also where they are few and of another category', () => {
    const set = fewNegatives(40, 30);
    // Six images of category 0 are all the negatives that category 1 has.
    const labels = set.labels.map((label, at) => (at % 2 === 1 && label === -1 ? 0 : label));
    for (let row = 0; row < 12; row += 2) labels.set([1, -1], row * 2);
    for (let seed = 1; seed <= 10; seed++) {
      const { data, parts } = split({ ...set, labels }, { split: 'three-way', seed });
      if (parts.scheme !== 'three-way') throw new Error(parts.scheme);
      for (const part of [parts.train, parts.calibration, parts.test]) {
        expect(hasEveryCategory(data, part)).toBe(true);
        expect(part.some((at) => data.targets[at * 2 + 1] === -1)).toBe(true);
      }
    }
  });

  it('trains on three fifths where few images are in the one category and not in the other', () => {
    const { data, parts } = split(overlapping(), {});
    if (parts.scheme !== 'three-way') throw new Error(parts.scheme);
    expect(parts.train.length).toBeGreaterThan(170);
    for (const part of [parts.train, parts.calibration, parts.test]) expect(hasEveryCategory(data, part)).toBe(true);
  });

  it('cross-fits where it is asked to, with every image left out once in each folding', () => {
    const { parts } = split(syntheticSet({ perCategory: 40 }), { split: 'cross-fit' });
    if (parts.scheme !== 'cross-fit') throw new Error(parts.scheme);
    expect(parts.train).toHaveLength(120);
    expect(parts.foldings).toHaveLength(3);
    for (const folds of parts.foldings)
      expect([0, 1, 2, 3, 4].map((fold) => folds.filter((one) => one === fold).length)).toEqual([24, 24, 24, 24, 24]);
  });

  it('never measures on an augmented copy', () => {
    const plain = syntheticSet({ perCategory: 10 });
    const rows = plain.ids.length;
    const { penultimate = new Float32Array() } = plain.features;
    const set: TrainingSet = {
      ...plain,
      ids: [...plain.ids, ...plain.ids.map((id) => `${id}/1`)],
      features: { penultimate: Float32Array.of(...penultimate, ...penultimate) },
      labels: Int8Array.of(...plain.labels, ...plain.labels),
      groups: Int32Array.from({ length: 2 * rows }, (_, row) => row % rows),
      copyOf: Int32Array.from({ length: 2 * rows }, (_, row) => (row < rows ? -1 : row - rows)),
    };
    const { parts } = split(set, { split: 'three-way' });
    if (parts.scheme !== 'three-way') throw new Error(parts.scheme);
    expect([parts.train.length, parts.calibration.length, parts.test.length]).toEqual([36, 6, 6]);
    expect([...parts.calibration, ...parts.test].every((at) => at < rows)).toBe(true);
  });
});
