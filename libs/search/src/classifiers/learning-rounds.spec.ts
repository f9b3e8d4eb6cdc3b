import { describe, expect, it } from 'vitest';
import { learningRounds } from './learning-rounds.js';
import type { VersionView } from './manage-versions.js';
import type { VersionDocument } from './version-document.js';

function version(number: number, document: VersionDocument): VersionView {
  return { number, document } as unknown as VersionView;
}

/** Right or not for each example from the first on; all of them are in the one category. */
function trained(number: number, right: readonly number[] | undefined, examples = right?.length ?? 0): VersionView {
  const ids = (right ?? []).map((_, at) => at);
  return version(number, {
    origin: 'trained',
    data: { examples, categories: [{ id: 7, name: 'a', positives: ids, negatives: [] }] },
    report: {
      metrics: { top1: { value: 0.5, low: 0, high: 1, n: examples, tooFew: false } },
      ...(right && { outcomes: { imageIds: ids.map(String), groups: ids, right } }),
    },
  } as unknown as VersionDocument);
}

const imported = (number: number): VersionView => version(number, { origin: 'imported', report: null });
const half = [1, 0, 1, 0, 1, 0, 1, 0];

describe('learningRounds', () => {
  it('tells from each version to the next what the added examples brought on those that were there, oldest first', () => {
    const second = [1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0];
    const rounds = learningRounds([trained(4, [...second, 1]), trained(2, second), trained(1, half)]);
    expect(rounds.map((one) => [one.version, one.examples, one.added])).toEqual([
      [1, 8, 8],
      [2, 12, 4],
      [4, 13, 1],
    ]);
    expect(rounds[0]).toMatchObject({ gain: null });
    // The four that were added were all wrong: that is no loss.
    expect(rounds[1]).toMatchObject({ gain: { n: 8, a: 0.5, b: 0.75, difference: 0.25 } });
    expect(rounds[2]).toMatchObject({ gain: { n: 12, difference: 0 } });
  });

  it('a loss is told as one, also where no example was added', () => {
    const rounds = learningRounds([trained(1, half), trained(2, [0, ...half.slice(1)]), trained(3, half.slice(1))]);
    expect(rounds.map(({ added }) => added)).toEqual([8, 0, -1]);
    expect(rounds[1]?.gain?.difference).toBe(-0.125);
  });

  it('an example whose label was changed is not compared: it was right to be wrong about it', () => {
    const before = trained(1, [1, 1, 0]);
    const after = trained(2, [1, 1, 1]);
    const { document } = after;
    if (document.origin !== 'trained') throw new Error('it is trained');
    const relabelled = { ...document.data, categories: [{ id: 7, name: 'a', positives: [0, 1], negatives: [2] }] };
    const [, round] = learningRounds([before, version(2, { ...document, data: relabelled })]);
    expect(round?.gain).toMatchObject({ n: 2, difference: 0 });
  });

  it('where one of the two does not know there is no gain, and imported versions are no rounds', () => {
    const rounds = learningRounds([trained(1, undefined, 2), imported(2), trained(3, half), trained(4, [])]);
    expect(rounds.map((one) => [one.version, one.added, one.gain])).toEqual([
      [1, 2, null],
      [3, 6, null],
      [4, -8, null],
    ]);
  });
});
