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
