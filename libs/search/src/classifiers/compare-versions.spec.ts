import { describe, expect, it } from 'vitest';
import type { Estimate, TrainingReport } from '#libs/classifiers';
import { compareVersions } from './compare-versions.js';
import type { VersionView } from './manage-versions.js';
import type { VersionDocument } from './version-document.js';

const estimate = (low: number, value: number, high: number): Estimate => ({ value, low, high, n: 100, tooFew: false });

interface Measured {
  readonly top1: Estimate;
  /** Of dahlia; of rose it is always the same. */
  readonly f1: Estimate;
  readonly ece: Estimate;
}

const STEADY = estimate(0.7, 0.8, 0.9);

function reportOf({ top1, f1, ece }: Measured, l2: number): TrainingReport {
  const categories = [
    { id: '11', f1 },
    { id: '12', f1: STEADY },
  ];
  return {
    chosen: { kind: 'softmax', l2, l1: 0 },
    metrics: { top1, categories, calibration: { ece } },
  } as unknown as TrainingReport;
}

function version(
  number: number,
  measured: Measured | null,
  change: { seed?: number; l2?: number; labels?: number } = {},
): VersionView {
  const report = measured && reportOf(measured, change.l2 ?? 0.1);
  const document: VersionDocument = report
    ? ({
        origin: 'trained',
        order: { seed: change.seed ?? 1, heads: ['softmax'] },
        data: { examples: 40, labels: change.labels ?? 40 },
        report,
      } as unknown as VersionDocument)
    : { origin: 'imported', report: null };
  const categories = [
    { id: 11, name: 'dahlia' },
    { id: 12, name: 'rose' },
  ];
  return {
    id: number,
    classifierId: 1,
    number,
    encoderFingerprint: 'ab',
    taps: ['penultimate'],
    categoryIds: [11, 12],
    document,
    inUse: false,
    createdAt: new Date(0),
    stale: false,
    classifier: { categories } as unknown as VersionView['classifier'],
  };
}

const poor = { top1: estimate(0.6, 0.7, 0.78), f1: estimate(0.5, 0.6, 0.7), ece: estimate(0.02, 0.05, 0.09) };
const good = { top1: estimate(0.79, 0.85, 0.9), f1: estimate(0.65, 0.75, 0.84), ece: estimate(0.1, 0.13, 0.2) };

/** The version with what became of five examples, all of the first category. */
function outcome(view: VersionView, right: readonly number[]): VersionView {
  const { document } = view;
  if (document.origin !== 'trained') throw new Error('it is trained');
  const imageIds = right.map((_, at) => String(at));
  const data = {
    ...document.data,
    categories: [{ id: 11, name: 'dahlia', positives: right.map((_, at) => at), negatives: [] }],
  };
  return {
    ...view,
    document: {
      ...document,
      data,
      report: { ...document.report, outcomes: { imageIds, groups: right.map((_, at) => at), right } },
    },
  };
}

describe('compareVersions, on the same images', () => {
  const one = outcome(version(3, poor), [1, 1, 1, 0, 0]);

  it('tells the difference with its interval, and that so few tell little', () => {
    const { paired, words } = compareVersions(one, outcome(version(4, good), [1, 1, 1, 1, 0]));
    expect(paired).toMatchObject({ n: 5, a: 0.6, b: 0.8, clear: false });
    expect(words).toMatch(
      /^On the 5 independent images that both were measured on, 4 is right 20\.0 points more often than 3 \(95 % interval -\d+\.\d to \d+\.\d\): the difference may be chance/,
    );
  });

  it('names a loss as one, and no difference as none', () => {
    const many = (right: readonly number[]) => Array.from({ length: 50 }, (_, at) => right[at % right.length] ?? 0);
    const [all, few] = [outcome(version(3, poor), many([1, 1])), outcome(version(4, good), many([1, 0]))];
    expect(compareVersions(all, few).words).toMatch(
      /4 is right 50\.0 points less often than 3 \(95 % interval 3\d\.\d to 6\d\.\d\)\.$/,
    );
    expect(compareVersions(one, { ...one, number: 5 }).words).toMatch(/5 is right as often as 3 \(95 % interval -/);
  });

  it('is null where one of them does not know', () => {
    expect(compareVersions(one, version(4, good)).paired).toBeNull();
    expect(compareVersions(one, version(4, null)).paired).toBeNull();
  });
});

describe('compareVersions', () => {
  it('a difference whose intervals do not overlap is clear, and the better version is named', () => {
    const { numbers, words } = compareVersions(version(3, poor), version(4, good));
    expect(numbers.map(({ what, clear }) => [what, clear])).toEqual([
      ['top-1', true],
      ['F1 of dahlia', false],
      ['F1 of rose', false],
      ['calibration error', true],
    ]);
    [0.15, 0.15, 0, 0.08].forEach((difference, at) => expect(numbers[at]?.difference).toBeCloseTo(difference, 10));
    expect(numbers[0]).toMatchObject({ a: poor.top1, b: good.top1 });
    expect(words).toBe('Version 4 is better; the intervals do not overlap.');
  });

  it('the other way round the difference is negative, and the same version is the better one', () => {
    const { a, b, numbers, words } = compareVersions(version(4, good), version(3, poor));
    expect([a, b]).toEqual([4, 3]);
    expect(numbers[0]?.difference).toBeCloseTo(-0.15, 10);
    expect(numbers.map(({ clear }) => clear)).toEqual([true, false, false, true]);
    expect(words).toBe('Version 4 is better; the intervals do not overlap.');
  });

  it('where the intervals of top-1 touch it may be chance, whatever else is clear', () => {
    const near = { ...good, top1: estimate(0.78, 0.85, 0.9) };
    const { numbers, words } = compareVersions(version(3, poor), version(4, near));
    expect(numbers[0]).toMatchObject({ clear: false });
    expect(numbers[3]).toMatchObject({ clear: true });
    expect(words).toBe(
      'The intervals of 3 and 4 overlap: the difference may be chance. More labelled images would tell.',
    );
  });

  it('a version that was not measured is not compared', () => {
    const { numbers, words } = compareVersions(version(3, poor), version(5, null));
    expect(numbers.map(({ difference, clear }) => [difference, clear])).toEqual(numbers.map(() => [null, false]));
    expect(numbers[0]).toMatchObject({ a: poor.top1, b: null });
    expect(words).toBe('Version 3 or 5 was not measured, so they cannot be compared.');
  });

  it('names the settings that differ, and no other', () => {
    const { settings } = compareVersions(version(1, poor), version(2, good, { seed: 7, l2: 0.02, labels: 55 }));
    expect(settings).toEqual([
      { what: 'seed', a: 1, b: 7 },
      { what: 'labels', a: 40, b: 55 },
      { what: 'l2', a: 0.1, b: 0.02 },
    ]);
    expect(compareVersions(version(1, poor), version(2, good)).settings).toEqual([]);
  });

  it('what only one of them says of itself stands against nothing', () => {
    const { settings } = compareVersions(version(1, poor), { ...version(2, null), taps: ['stage4', 'penultimate'] });
    expect(settings).toContainEqual({ what: 'heads', a: ['softmax'], b: null });
    expect(settings).toContainEqual({ what: 'taps', a: ['penultimate'], b: ['stage4', 'penultimate'] });
    expect(settings.map(({ what }) => what)).not.toContain('encoderFingerprint');
  });
});
