import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '#libs/errors';
import type { ImageFilter } from '../domain/filter.js';
import { formatFilter } from './format-filter.js';
import { parseFilterText } from './parse-filter-text.js';
import { readFilter } from './read-filter.js';

function problemOf(work: () => unknown): { detail: string; fields: DomainError['fields'] } {
  try {
    work();
  } catch (error) {
    if (error instanceof DomainError) return { detail: error.message, fields: error.fields };
  }
  throw new Error('it did not fail');
}

describe('parseFilterText', () => {
  it.each<[string, ImageFilter]>([
    ['width >= 1000', { field: 'width', gte: 1000 }],
    ['metadata.camera = "GR III"', { field: 'metadata.camera', eq: 'GR III' }],
    ["metadata.camera == 'it\\'s'", { field: 'metadata.camera', eq: "it's" }],
    ['format = jpeg', { field: 'format', eq: 'jpeg' }],
    ['metadata.sold = true', { field: 'metadata.sold', eq: true }],
    ['metadata.price<-.5e3', { field: 'metadata.price', lt: -500 }],
    ['createdAt > 2024-01-31', { field: 'createdAt', gt: '2024-01-31' }],
    ['createdAt <= 2024-01-31T10:00:00Z', { field: 'createdAt', lte: '2024-01-31T10:00:00Z' }],
    ['format != png', { not: { field: 'format', eq: 'png' } }],
    ['format IN (png, "webp")', { field: 'format', in: ['png', 'webp'] }],
    ['format not in (png)', { not: { field: 'format', in: ['png'] } }],
    ['metadata.name prefix "IMG_"', { field: 'metadata.name', prefix: 'IMG_' }],
    ['metadata.name exists', { field: 'metadata.name', exists: true }],
    ['not metadata.name exists', { not: { field: 'metadata.name', exists: true } }],
    ['metadata."shot by" = Ada', { field: 'metadata."shot by"', eq: 'Ada' }],
    ['category.era.classic >= 0.8', { field: 'category.era.classic', gte: 0.8 }],
    [
      'id = 1 or id = 2 and width > 3',
      {
        or: [
          { field: 'id', eq: 1 },
          {
            and: [
              { field: 'id', eq: 2 },
              { field: 'width', gt: 3 },
            ],
          },
        ],
      },
    ],
    [
      '(id = 1 or id = 2) and not (width > 3)',
      {
        and: [
          {
            or: [
              { field: 'id', eq: 1 },
              { field: 'id', eq: 2 },
            ],
          },
          { not: { field: 'width', gt: 3 } },
        ],
      },
    ],
  ])('reads %s', (text, filter) => {
    expect(parseFilterText(text)).toEqual(filter);
  });

  it.each([
    ['', 'a field', 'position 1', 'the end of the text'],
    ['width', 'an operator', 'position 6', 'the end of the text'],
    ['width >=', 'a value', 'position 9', 'the end of the text'],
    ['width >= and', 'a value', 'position 10', '"and"'],
    ['wide >= 3', 'a field', 'position 1', '"wide"'],
    ['format in png', 'an opening (', 'position 11', '"png"'],
    ['format in (png', 'a comma or a closing )', 'position 15', 'the end of the text'],
    ['(id = 1', 'a closing )', 'position 8', 'the end of the text'],
    ['id = 1 id = 2', 'and, or, or the end', 'position 8', '"id"'],
    ['format = "jp', 'a closing "', 'position 13', '"its end"'],
    ['format = %', 'a field, a value or an operator', 'position 10', '"%"'],
    ['('.repeat(100) + 'id = 1', 'at most 64 levels', 'position 66', '"("'],
  ])('says where %s goes wrong', (text, expected, position, received) => {
    const { fields } = problemOf(() => parseFilterText(text));
    expect(fields).toHaveLength(1);
    expect(fields[0]?.path).toBe('filter');
    expect(fields[0]?.expected).toContain(expected);
    expect(fields[0]?.expected).toContain(position);
    expect(fields[0]?.received).toBe(received);
  });
});

describe('readFilter', () => {
  it('takes the structure, JSON text and the text form', () => {
    const filter = { field: 'width', gte: 10 };
    expect(readFilter(filter)).toEqual(filter);
    expect(readFilter(' {"field": "width", "gte": 10}')).toEqual(filter);
    expect(readFilter('width >= 10')).toEqual(filter);
  });

  it('names the path of everything that is wrong', () => {
    const given = {
      and: [
        { field: 'wide', gte: 1 },
        { not: { field: 'width' } },
        { or: [] },
        { field: 'width', gte: null, near: 3 },
        { field: 'format', in: ['png', {}] },
        'width > 3',
      ],
    };
    const { fields } = problemOf(() => readFilter(given));
    expect(fields.map(({ path }) => path)).toEqual([
      'filter.and.0.field',
      'filter.and.1.not',
      'filter.and.2.or',
      'filter.and.3.near',
      'filter.and.3.gte',
      'filter.and.4.in.1',
      'filter.and.5',
    ]);
  });

  it('refuses what is too deep or too much', () => {
    let deep: ImageFilter = { field: 'id', eq: 1 };
    for (let level = 0; level < 20; level++) deep = { not: deep };
    expect(problemOf(() => readFilter(deep)).detail).toContain('at most 12 levels');
    const many = { or: Array.from({ length: 201 }, (_, i) => ({ field: 'id', eq: i + 1 })) };
    expect(problemOf(() => readFilter(many)).detail).toContain('at most 200 conditions');
    expect(problemOf(() => readFilter({ field: 'format', eq: 'x'.repeat(257) })).fields[0]?.path).toBe('filter.eq');
    expect(problemOf(() => readFilter('{"field":')).fields[0]?.expected).toContain('JSON');
  });
});

describe('formatFilter', () => {
  const value = fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean());
  const field = fc.constantFrom('width', 'metadata.a', 'metadata."b c"', 'category.era.old', 'category."x.y".z');
  const condition = fc.oneof(
    fc.record({ field, eq: value }),
    fc.record({ field, in: fc.array(value, { minLength: 1, maxLength: 3 }) }),
    fc.record({ field, gte: value }),
    fc.record({ field, prefix: fc.string({ maxLength: 5 }) }),
    fc.record({ field, exists: fc.constant(true) }),
  );
  const { filter } = fc.letrec<{ filter: ImageFilter }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small' },
      condition,
      fc.record({ and: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }) }),
      fc.record({ not: tie('filter') }),
    ),
  }));

  it('is read back as the same filter', () => {
    fc.assert(
      fc.property(filter, (one) => {
        expect(parseFilterText(formatFilter(one))).toEqual(one);
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});
