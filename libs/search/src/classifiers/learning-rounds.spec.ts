import { describe, expect, it } from 'vitest';
import { learningRounds } from './learning-rounds.js';
import type { VersionView } from './manage-versions.js';
import type { VersionDocument } from './version-document.js';

function version(number: number, document: VersionDocument): VersionView {
  return { number, document } as unknown as VersionView;
}

/** @param right of the images left out, a share; null where nothing could be measured */
function trained(number: number, examples: number, right: number | null): VersionView {
  const top1 = { value: right, low: 0, high: 1, n: examples, tooFew: false };
  return version(number, {
    origin: 'trained',
    data: { examples },
    report: { metrics: { top1 } },
  } as unknown as VersionDocument);
}

const imported = (number: number): VersionView => version(number, { origin: 'imported', report: null });

describe('learningRounds', () => {
  it('tells from each version to the next what the added examples brought, oldest first', () => {
    const rounds = learningRounds([trained(4, 65, 0.82), trained(2, 40, 0.75), trained(1, 20, 0.5)]);
    expect(rounds.map((one) => [one.version, one.examples, one.added])).toEqual([
      [1, 20, 20],
      [2, 40, 20],
      [4, 65, 25],
    ]);
    const [first, second, third] = rounds;
    expect(first).toMatchObject({ gain: null, gainPerTen: null, top1: { value: 0.5, n: 20 } });
    expect(second?.gain).toBeCloseTo(0.25, 12);
    expect(second?.gainPerTen).toBeCloseTo(0.125, 12);
    expect(third?.gain).toBeCloseTo(0.07, 12);
    expect(third?.gainPerTen).toBeCloseTo(0.028, 12);
  });

  it('a loss is told as one, and nothing of examples that were not added', () => {
    const rounds = learningRounds([trained(1, 30, 0.8), trained(2, 30, 0.7), trained(3, 25, 0.9)]);
    expect(rounds.map(({ added }) => added)).toEqual([30, 0, -5]);
    expect(rounds[1]?.gain).toBeCloseTo(-0.1, 12);
    expect(rounds[2]?.gain).toBeCloseTo(0.2, 12);
    expect(rounds.map(({ gainPerTen }) => gainPerTen)).toEqual([null, null, null]);
  });

  it('where one of the two was not measured there is no gain, and imported versions are no rounds', () => {
    const rounds = learningRounds([trained(1, 2, null), imported(2), trained(3, 12, 0.6), trained(4, 22, null)]);
    expect(rounds.map((one) => [one.version, one.added, one.gain])).toEqual([
      [1, 2, null],
      [3, 10, null],
      [4, 10, null],
    ]);
  });
});
