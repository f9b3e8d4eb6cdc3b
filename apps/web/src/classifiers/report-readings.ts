import type { SearchedPoint, Version } from './types.js';

/** The version to show: the one that is asked for, else the one in use, else the newest; null where there is none. */
export function shownVersion(
  wanted: string | null,
  newestFirst: readonly Pick<Version, 'version' | 'inUse'>[],
): string | null {
  if (wanted !== null) return wanted;
  const shown = newestFirst.find(({ inUse }) => inUse) ?? newestFirst[0];
  return shown ? String(shown.version) : null;
}

/** The setting with the least loss on images left out; null where every one was given up. */
export const leastLoss = <Point extends Pick<SearchedPoint, 'loss'>>(searched: readonly Point[]): Point | null =>
  searched.reduce<Point | null>(
    (least, point) => (point.loss !== null && (least?.loss == null || point.loss < least.loss) ? point : least),
    null,
  );

/** A mistake: images of one category that were taken for another. */
export interface Mistake {
  readonly is: number;
  readonly said: number;
  /** A mean over repeats, so it need not be whole. */
  readonly images: number;
}

/** The commonest mistakes first. @param confusion rows what it is, columns what was said */
export const mistakesOf = (confusion: readonly (readonly number[])[], most: number): Mistake[] =>
  confusion
    .flatMap((row, is) => row.map((images, said) => ({ is, said, images })))
    .filter(({ is, said, images }) => is !== said && images > 0)
    .sort((a, b) => b.images - a.images)
    .slice(0, most);
