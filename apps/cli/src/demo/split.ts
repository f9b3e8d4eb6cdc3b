import type { Photo } from './photo-folder.js';

export interface Split<T extends Photo> {
  /** Imported. */
  readonly gallery: readonly T[];
  /** Asked with, never imported. */
  readonly queries: readonly T[];
}

export interface SplitRule {
  /** Largest share of a category that is held out. */
  readonly share: number;
  /** Most queries of one category. */
  readonly perCategory: number;
  readonly seed: number;
}

/**
 * Holds out a seeded part of every category: at most `share` of it, at least one image, never its last one. Photos
 * without a category form one of their own.
 */
export function splitPhotos<T extends Photo>(photos: readonly T[], rule: SplitRule): Split<T> {
  const random = mulberry32(rule.seed);
  const gallery: T[] = [];
  const queries: T[] = [];
  for (const members of byCategory(photos)) {
    const held = Math.min(rule.perCategory, Math.max(1, Math.floor(members.length * rule.share)), members.length - 1);
    const shuffled = shuffle(members, random);
    queries.push(...shuffled.slice(0, held));
    gallery.push(...shuffled.slice(held));
  }
  return { gallery, queries };
}

function byCategory<T extends Photo>(photos: readonly T[]): T[][] {
  const groups = new Map<string | undefined, T[]>();
  for (const photo of photos) {
    const group = groups.get(photo.category);
    if (group) group.push(photo);
    else groups.set(photo.category, [photo]);
  }
  return [...groups.values()];
}

/** Fisher–Yates. */
function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items];
  const shuffled: T[] = [];
  while (left.length > 0) shuffled.push(...left.splice(Math.floor(random() * left.length), 1));
  return shuffled;
}

/** Mulberry32 (T. Ettinger, public domain): a small generator with a 32-bit state, the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
