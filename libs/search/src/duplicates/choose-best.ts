import type { ImageQuality } from '#libs/catalogue';
import { formatCount, formatSize } from '#libs/errors';

/**
 * What makes an image the best of its group; the first that tells two images apart decides: more pixels, then more bytes
 * (less was thrown away), then the older.
 */
export const QUALITIES = ['resolution', 'bytes', 'date'] as const;

export interface BestReason {
  readonly by: (typeof QUALITIES)[number];
  /** In words, for people. */
  readonly says: string;
}

/** Sizes are said as they are, not as a number of pixels. */
export interface Described extends ImageQuality {
  readonly width: number;
  readonly height: number;
}

/** Why the best was chosen before the others; empty where there are none. */
export function whyBest(best: Described, others: readonly Described[]): BestReason[] {
  const reasons: BestReason[] = [];
  if (others.some(({ pixels }) => pixels < best.pixels)) {
    const next = others.reduce((a, b) => (b.pixels > a.pixels ? b : a));
    const says =
      next.pixels < best.pixels
        ? `${formatSize(best)} pixels; the next has ${formatSize(next)}`
        : `${formatSize(best)} pixels; another is as large`;
    reasons.push({ by: 'resolution', says });
  }
  const asLarge = others.filter(({ pixels }) => pixels === best.pixels);
  if (asLarge.some(({ bytes }) => bytes < best.bytes)) {
    const next = Math.max(...asLarge.map(({ bytes }) => bytes));
    const says = `${formatCount(best.bytes)} bytes; ${next < best.bytes ? 'the next' : 'another'} of that size has ${formatCount(next)}`;
    reasons.push({ by: 'bytes', says });
  }
  const asGood = asLarge.filter(({ bytes }) => bytes === best.bytes);
  if (asGood.length > 0)
    reasons.push({ by: 'date', says: `stored ${best.createdAt.toISOString()}, before its equals` });
  return reasons;
}
