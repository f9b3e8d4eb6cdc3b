import { describe, expect, it } from 'vitest';
import { DomainError } from '#libs/errors';
import { syntheticSet } from '../testing/synthetic-set.js';
import { trainHead } from '../training/train-head.js';
import { headWithNames, parseExport, reportWithNames, withCategoryIds } from './exported-version.js';

const { document, report } = trainHead(syntheticSet({ perCategory: 4 }), { heads: ['nearest-mean'] });
const exported = {
  format: 'likeness-head-export',
  version: 1,
  classifier: { name: 'era', kind: 'single' },
  number: 3,
  head: document,
  report,
};
/** As it comes out of a file. */
const given = (change: object): Record<string, unknown> =>
  JSON.parse(JSON.stringify({ ...exported, ...change })) as Record<string, unknown>;

function problemsOf(content: unknown): string[] {
  try {
    parseExport(content);
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toHaveProperty('code', 'head_invalid');
    return (error as DomainError).fields.map(({ path, expected, received }) => `${path}: ${expected} / ${received}`);
  }
  return [];
}

describe('parseExport', () => {
  it('reads an export, one without a report, and a bare head', () => {
    expect(parseExport(given({}))).toEqual({ head: given({}).head, report: given({}).report });
    expect(parseExport(given({ report: null })).report).toBeNull();
    expect(parseExport(given({}).head)).toEqual({ head: given({}).head, report: null });
  });

  it.each([
    ['an export of another form', { version: 2 }, ['version: one of 1 / 2']],
    ['no head', { head: undefined }, ['head: an object / nothing']],
    [
      'an unknown kind of head',
      { head: { ...document, kind: 'tree' } },
      ['head.kind: one of softmax, svm, mlp, nearest-mean / "tree"'],
    ],
    [
      'an unknown calibration',
      { head: { ...document, calibration: { kind: 'none' } } },
      ['head.calibration.kind: one of temperature, platt / "none"'],
    ],
    [
      'a category named twice',
      { head: { ...document, categories: document.categories.map(({ id }) => ({ id, name: 'same' })) } },
      [
        'head.categories.1.name: another name than categories.0 has / "same"',
        'head.categories.2.name: another name than categories.0 has / "same"',
      ],
    ],
    [
      'an id there twice',
      { head: { ...document, categories: document.categories.map(({ name }) => ({ id: '1', name })) } },
      [
        'head.categories.1.id: another id than categories.0 has / "1"',
        'head.categories.2.id: another id than categories.0 has / "1"',
      ],
    ],
    ['a report that is none', { report: 'good' }, ['report: an object / "good"']],
    [
      'a report of other categories',
      { report: { ...report, metrics: { ...report.metrics, categories: [...report.metrics.categories].reverse() } } },
      ['report.metrics.categories: those of the head (c0, c1, c2) / c2, c1, c0'],
    ],
  ])('says what is wrong with %s', (_what, change, problems) => {
    expect(problemsOf(given(change))).toEqual(problems);
  });

  it('names every field that an empty report lacks', () => {
    expect(problemsOf(given({ report: {} }))).toEqual(
      expect.arrayContaining(['report.chosen: an object / nothing', 'report.metrics: an object / nothing']),
    );
    expect(problemsOf(null)[0]).toMatch(/^: an object \/ null$/);
  });

  it('speaks of the categories of another classifier by their ids there', () => {
    const doubted = { imageId: '5', categoryId: 'c0', label: 1 as const, probability: 0.1, suggestedCategoryId: 'c2' };
    const there = withCategoryIds({ head: document, report: { ...report, suspicious: [doubted] } }, [31, 32, 33]);
    expect(there.head.categories.map(({ id, name }) => `${id} ${name}`)).toEqual([
      '31 category 0',
      '32 category 1',
      '33 category 2',
    ]);
    expect(there.report?.metrics.categories.map(({ id }) => id)).toEqual(['31', '32', '33']);
    expect(there.report?.data.categories.map(({ id }) => id)).toEqual(['31', '32', '33']);
    expect(there.report?.suspicious).toEqual([{ ...doubted, categoryId: '31', suggestedCategoryId: '33' }]);
  });

  it('speaks of categories by the names they have now, of removed ones by that of their time', () => {
    const names = new Map([
      ['c0', 'category 1'],
      ['c1', 'category 0'],
    ]);
    const now = ['c0 category 1', 'c1 category 0', 'c2 category 2'];
    expectNames(names, now);
  });

  it('tells a removed category from one that has its name now', () => {
    const names = new Map([
      ['c0', 'category 2'],
      ['c1', 'category 1'],
    ]);
    expectNames(names, ['c0 category 2', 'c1 category 1', 'c2 category 2 (removed)']);
    expect(parseExport(given({ head: headWithNames(document, names) })).head.categories).toHaveLength(3);
  });

  function expectNames(names: ReadonlyMap<string, string>, now: readonly string[]): void {
    const said = (categories: readonly { id: string; name: string }[]) =>
      categories.map(({ id, name }) => `${id} ${name}`);
    expect(said(headWithNames(document, names).categories)).toEqual(now);
    const { data, metrics } = reportWithNames(report, names);
    expect(said(data.categories)).toEqual(now);
    expect(said(metrics.categories)).toEqual(now);
  }
});
