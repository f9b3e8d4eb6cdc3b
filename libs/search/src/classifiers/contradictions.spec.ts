import type { LabelRecord } from '#libs/catalogue';
import { describe, expect, it } from 'vitest';
import { contradictionsOf } from './contradictions.js';

const CATEGORIES = ['forest', 'sea'].map((name, at) => ({ id: at + 1, name, positives: 1, negatives: 1 }));

/** A label of an example, of the image with the same id and a hundred more. */
const label = (exampleId: number, category: string, positive = true): LabelRecord => ({
  exampleId,
  imageId: exampleId + 100,
  own: false,
  name: null,
  categoryId: CATEGORIES.find(({ name }) => name === category)?.id ?? 0,
  positive,
  origin: 'api',
  at: new Date(0),
});

const stateOf = (kind: 'single' | 'multi', ...held: LabelRecord[]) =>
  contradictionsOf({ kind, categories: CATEGORIES }, [['1', '2']], held)[0]?.state;

describe('contradictionsOf', () => {
  it('tells what is said now of each image, copies passed over', () => {
    const held = [label(2, 'sea'), label(1, 'forest')];
    expect(contradictionsOf({ kind: 'single', categories: CATEGORIES }, [['2', '1', '1/1', '2/1', '9']], held)).toEqual(
      [
        {
          duplicates: [
            { exampleId: 1, imageId: 101, own: false, name: null, labels: [{ category: 'forest', value: 'positive' }] },
            { exampleId: 2, imageId: 102, own: false, name: null, labels: [{ category: 'sea', value: 'positive' }] },
          ],
          state: 'open',
        },
      ],
    );
  });

  it('calls those settled that agree by now', () => {
    expect(stateOf('single', label(1, 'sea'), label(2, 'sea'))).toBe('settled');
    expect(stateOf('single', label(1, 'sea'))).toBe('settled');
    expect(stateOf('single', label(1, 'forest'), label(2, 'sea'))).toBe('open');
    expect(stateOf('single', label(1, 'sea'), label(2, 'sea', false))).toBe('open');
  });

  it('lets an image of several categories differ where nothing contradicts', () => {
    expect(stateOf('multi', label(1, 'forest'), label(2, 'sea'))).toBe('settled');
    expect(stateOf('multi', label(1, 'forest'), label(2, 'forest', false), label(2, 'sea'))).toBe('open');
  });
});
