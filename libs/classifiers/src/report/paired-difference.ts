import { independentOf } from './independent.js';
import type { Outcomes } from './training-report.js';

const Z = 1.959963984540054;

/** Two versions on the images that both were measured on. */
export interface PairedDifference {
  /** Independent images: near-duplicates of each other count once. */
  readonly n: number;
  /** Share right of the one, and of the other. */
  readonly a: number;
  readonly b: number;
  /** b − a with its 95 % interval. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** The interval leaves 0 out. */
  readonly clear: boolean;
}

/**
 * The difference of two dependent shares, with the interval of Agresti and Min (2005): half an image is added to each cell of the table
 * of right and wrong by a and by b. Images that both were asked about are compared with themselves, so what makes some of them
 * hard cancels out, and so does that one version was also measured on harder images.
 *
 * @param isSame whether an image had the same labels both times; others are left out
 * @returns null without a common image
 */
export function pairedDifference(
  a: Outcomes,
  b: Outcomes,
  isSame: (imageId: string) => boolean = () => true,
): PairedDifference | null {
  const before = new Map(a.imageIds.map((id, at) => [id, a.right[at] as number]));
  const pairs = b.imageIds.flatMap((id, at) => {
    const one = before.get(id);
    return one === undefined || !isSame(id)
      ? []
      : [{ group: b.groups[at] as number, one, other: b.right[at] as number }];
  });
  if (pairs.length === 0) return null;
  const n = independentOf(pairs.map(({ group }) => ({ group, weight: 1 })));
  const mean = (of: (pair: (typeof pairs)[number]) => number) =>
    pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  const better = n * mean(({ one, other }) => Math.max(0, other - one)) + 0.5;
  const worse = n * mean(({ one, other }) => Math.max(0, one - other)) + 0.5;
  const all = n + 2;
  const centre = (better - worse) / all;
  const half = (Z * Math.sqrt(better + worse - (better - worse) ** 2 / all)) / all;
  const [low, high] = [Math.max(-1, centre - half), Math.min(1, centre + half)];
  return {
    n: Math.round(n),
    a: mean(({ one }) => one),
    b: mean(({ other }) => other),
    difference: mean(({ one, other }) => other - one),
    low,
    high,
    clear: low > 0 || high < 0,
  };
}
