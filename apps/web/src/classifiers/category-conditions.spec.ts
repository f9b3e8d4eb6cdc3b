import { describe, expect, it } from 'vitest';
import { conditionsOf, toggled } from './category-conditions.js';
import type { Classifier } from './types.js';

const classifier = (kind: Classifier['kind'], name: string, ...categories: string[]): Classifier => ({
  id: '1',
  name,
  kind,
  categories: categories.map((one, at) => ({ id: String(at), name: one, positives: 1, negatives: 1 })),
  versionInUse: 1,
  labelsWithoutImage: 0,
});
const flowers = classifier('single', 'flowers', 'iris', 'salt and pepper');
const things = classifier('multi', 'things', 'red', 'wet');

describe('conditionsOf', () => {
  it('are parted by and, but not inside a quoted name', () => {
    expect(conditionsOf('')).toEqual([]);
    expect(conditionsOf('category.a.b >= 0.5 and width > 100')).toEqual(['category.a.b >= 0.5', 'width > 100']);
    expect(conditionsOf('width > 9 and category.a."salt and \\"pepper\\" and" >= 0.5 and height > 2')).toEqual([
      'width > 9',
      'category.a."salt and \\"pepper\\" and" >= 0.5',
      'height > 2',
    ]);
    expect(conditionsOf(`metadata.title = 'this and that' AND metadata.and = 2`)).toEqual([
      `metadata.title = 'this and that'`,
      'metadata.and = 2',
    ]);
  });

  it('are not parted inside brackets', () => {
    const either = '((width > 9 and height > 9) or format = png)';
    expect(conditionsOf(`${either} and not (width > 9 and height > 9)`)).toEqual([
      either,
      'not (width > 9 and height > 9)',
    ]);
  });

  it('are one in brackets where or joins some of them', () => {
    expect(conditionsOf('(width > 9 and height > 9) or format = png ')).toEqual([
      '((width > 9 and height > 9) or format = png)',
    ]);
    expect(conditionsOf('metadata.title = "cats or dogs"')).toEqual(['metadata.title = "cats or dogs"']);
  });
});

describe('toggled', () => {
  it('takes a category in and back', () => {
    const on = toggled('width > 9', flowers, 'salt and pepper', 0.5);
    expect(on).toBe('width > 9 and category.flowers."salt and pepper" >= 0.5');
    expect(toggled(on, flowers, 'salt and pepper', 0.5)).toBe('width > 9');
  });

  it('narrows all of a filter that contains or', () => {
    const on = toggled('width > 9 or height > 9', flowers, 'iris', 0.5);
    expect(on).toBe('(width > 9 or height > 9) and category.flowers.iris >= 0.5');
    expect(conditionsOf(on)).toContain('category.flowers.iris >= 0.5');
    expect(toggled(on, flowers, 'iris', 0.5)).toBe('(width > 9 or height > 9)');
  });

  it('lets another category of a single classifier take the place of the first', () => {
    const one = toggled('', flowers, 'salt and pepper', 0.5);
    expect(toggled(one, flowers, 'iris', 0.5)).toBe('category.flowers.iris >= 0.5');
  });

  it('asks for all of them of a multi classifier', () => {
    const both = toggled(toggled('', things, 'red', 0.5), things, 'wet', 0.5);
    expect(both).toBe('category.things.red >= 0.5 and category.things.wet >= 0.5');
  });
});
