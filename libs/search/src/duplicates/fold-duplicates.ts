import { Injectable } from '@nestjs/common';
import { DuplicateReader } from '#libs/catalogue';
import { nearRule } from './near-rule.js';
import { NearThreshold } from './near-threshold.js';

/** Something that is ranked, with what was folded into it. */
export interface Folded<T> {
  readonly kept: T;
  /** Near-duplicates of it that came later, in their order. */
  readonly duplicates: readonly T[];
}

/** Folds ranked images into better-ranked ones that they are near-duplicates of. */
@Injectable()
export class FoldDuplicates {
  constructor(
    private readonly reader: DuplicateReader,
    private readonly threshold: NearThreshold,
  ) {}

  /**
   * Each that is kept is a near-duplicate of none that is kept before it. What was stored within the last second or so may
   * not have been compared yet, and is kept.
   *
   * @param ranked best first
   */
  async fold<T extends { readonly id: number }>(ranked: readonly T[]): Promise<Folded<T>[]> {
    const rule = nearRule(this.threshold.value);
    const pairs = await this.reader.nearAmong(
      rule,
      ranked.map(({ id }) => id),
    );
    return foldRanked(
      ranked,
      pairs.map(({ lowId, highId }) => [lowId, highId] as const),
    );
  }
}

/** @param pairs ids of near-duplicates, either way round */
export function foldRanked<T extends { readonly id: number }>(
  ranked: readonly T[],
  pairs: readonly (readonly [number, number])[],
): Folded<T>[] {
  const alike = new Map<number, Set<number>>();
  for (const [one, other] of [...pairs, ...pairs.map(([one, other]) => [other, one] as const)]) {
    const known = alike.get(one);
    if (known) known.add(other);
    else alike.set(one, new Set([other]));
  }
  const folded: { kept: T; duplicates: T[] }[] = [];
  const places = new Map<number, number>();
  for (const one of ranked) {
    let best = Infinity;
    for (const id of alike.get(one.id) ?? []) best = Math.min(best, places.get(id) ?? Infinity);
    const into = folded[best];
    if (into) into.duplicates.push(one);
    else places.set(one.id, folded.push({ kept: one, duplicates: [] }) - 1);
  }
  return folded;
}
