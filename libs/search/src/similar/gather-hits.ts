import type { ImageRecord } from '#libs/catalogue';
import type { VectorAnswer, VectorHit } from '#libs/vector-index';
import type { Folded } from '../duplicates/fold-duplicates.js';
import { after, countsOff, cursorAfter, decodeCursor, encodeCursor, type SearchCursor } from './search-cursor.js';

export interface SimilarHit {
  readonly id: number;
  /** Cosine, −1 … 1. */
  readonly score: number;
  /** 1 − score. */
  readonly distance: number;
  readonly image: ImageRecord;
  /** With `collapse`: near-duplicates of it that came after it, as far as was looked. */
  readonly duplicates?: readonly SimilarHit[];
}

/** Results that share the value of a metadata key. */
export interface HitGroup {
  readonly value: string | number | boolean;
  readonly ids: readonly number[];
}

export interface PageChoices {
  /** Results wanted; with `groupBy`, groups. */
  readonly k: number;
  /** `nextCursor` of the page before. Not with `groupBy`. */
  readonly cursor?: string;
  /** Metadata key; images without a plain value of it are left out. */
  readonly groupBy?: string;
  /** Most results of one group; default 3. */
  readonly groupSize?: number;
  /** Near-duplicates of a better result are folded into it; `k` then counts what is left. Not with `groupBy`. */
  readonly collapse?: boolean;
}

export interface Gathered {
  readonly answer: VectorAnswer;
  readonly hits: readonly SimilarHit[];
  readonly nextCursor: string | null;
  readonly groups?: readonly HitGroup[];
  /** With groups: whether every group is as full as it can be. With `collapse`: whether there are as many as there can be. */
  readonly complete?: boolean;
}

/** What gathering asks of its surroundings. */
export interface HitSource {
  /** The best `k`, fewer only where fewer match. */
  rank(k: number): Promise<VectorAnswer>;
  /** Hits with their images; those whose image is gone are left out. */
  join(hits: readonly VectorHit[]): Promise<readonly SimilarHit[]>;
  /** Near-duplicates of better hits listed under them; asked for `collapse` alone. */
  fold(hits: readonly VectorHit[]): Promise<readonly Folded<VectorHit>[]>;
}

/** How deep a search looks at most, for late pages and for groups. */
export const DEEPEST = 10_000;
const DEFAULT_GROUP_SIZE = 3;
/** Joined past what is wanted, for images that were deleted since they were ranked. */
const SPARE = 16;

/** Most results of one page, whether they are in groups or not. */
export const mostResults = ({ k, groupBy, groupSize = DEFAULT_GROUP_SIZE }: PageChoices): number =>
  groupBy === undefined ? k : k * groupSize;

/**
 * One page of results, or groups. Asks for more until there are enough, the end is reached, or it has looked as deep as
 * it may. Images that were deleted between ranking and joining are made up for in the same way.
 */
export function gather(source: HitSource, choices: PageChoices): Promise<Gathered> {
  if (choices.groupBy !== undefined) return gatherGroups(source, { ...choices, groupBy: choices.groupBy });
  return choices.collapse ? gatherCollapsed(source, choices) : gatherPage(source, choices);
}

async function gatherPage(source: HitSource, { k, cursor: text }: PageChoices): Promise<Gathered> {
  const cursor = text === undefined ? undefined : decodeCursor(text);
  // One more than wanted, to know whether there is another page.
  for (let asked = Math.min(DEEPEST, (cursor?.seen ?? 0) + k + 1); ; asked = Math.min(DEEPEST, asked * 2)) {
    const answer = await source.rank(asked);
    const found = await joinUpTo(source, after(answer.hits, cursor), k + 1);
    // Fewer than that are no end yet: what is ranked before the cursor now, or is gone, took their places.
    if (found.length <= k && answer.hits.length >= asked && asked < DEEPEST) continue;
    const hits = found.slice(0, k);
    return { answer, hits, nextCursor: found.length > k ? nextCursor(answer, hits, cursor) : null };
  }
}

/**
 * As `gatherPage`, with near-duplicates folded. All that was ranked is folded from the top each time, so that a later page
 * holds no near-duplicate of a result of an earlier one.
 */
async function gatherCollapsed(source: HitSource, { k, cursor: text }: PageChoices): Promise<Gathered> {
  const cursor = text === undefined ? undefined : decodeCursor(text);
  for (let asked = Math.min(DEEPEST, ((cursor?.seen ?? 0) + k) * 2 + SPARE); ; asked = Math.min(DEEPEST, asked * 4)) {
    const answer = await source.rank(asked);
    const folded = new Map((await source.fold(answer.hits)).map((one) => [one.kept.id, one.duplicates]));
    const fresh = after(
      answer.hits.filter(({ id }) => folded.has(id)),
      cursor,
    );
    const found = await joinUpTo(source, fresh, k + 1);
    const atEnd = answer.hits.length < asked;
    if (found.length <= k && !atEnd && asked < DEEPEST) continue;
    const hits = await Promise.all(
      found.slice(0, k).map(async (hit) => ({ ...hit, duplicates: await source.join(folded.get(hit.id) ?? []) })),
    );
    return {
      answer,
      hits,
      nextCursor: found.length > k ? nextCursor(answer, hits, cursor) : null,
      complete: hits.length === k || atEnd,
    };
  }
}

/** @returns null where the next page could not be told from this one */
function nextCursor(
  { plan }: VectorAnswer,
  page: readonly SimilarHit[],
  before: SearchCursor | undefined,
): string | null {
  const next = cursorAfter(page, before);
  // Of equal scores a scan puts the lowest ids first, a graph what it happens to meet: that cannot be counted off.
  const inOrder = plan === 'exact' || plan === 'filtered-exact';
  return next && (inOrder || !countsOff(next)) ? encodeCursor(next) : null;
}

/** The first `k` hits whose images are there. */
async function joinUpTo(source: HitSource, hits: readonly VectorHit[], k: number): Promise<SimilarHit[]> {
  const joined: SimilarHit[] = [];
  for (let next = 0; joined.length < k && next < hits.length; next += k + SPARE) {
    joined.push(...(await source.join(hits.slice(next, next + k + SPARE))));
  }
  return joined.slice(0, k);
}

async function gatherGroups(
  source: HitSource,
  { k, groupBy, groupSize = DEFAULT_GROUP_SIZE }: PageChoices & { groupBy: string },
): Promise<Gathered> {
  for (let asked = Math.min(DEEPEST, k * groupSize * 2 + SPARE); ; asked = Math.min(DEEPEST, asked * 4)) {
    const answer = await source.rank(asked);
    const groups = new Map<HitGroup['value'], SimilarHit[]>();
    for (const hit of await source.join(answer.hits)) {
      const value = hit.image.metadata[groupBy];
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
      const group = groups.get(value);
      // The groups of the first k values that appear are the best ones; later values begin with worse results.
      if (group === undefined && groups.size < k) groups.set(value, [hit]);
      else if (group && group.length < groupSize) group.push(hit);
    }
    const atEnd = answer.hits.length < asked;
    const full = groups.size === k && [...groups.values()].every((group) => group.length === groupSize);
    if (!full && !atEnd && asked < DEEPEST) continue;
    return {
      answer,
      hits: [...groups.values()].flat(),
      nextCursor: null,
      groups: [...groups.entries()].map(([value, hits]) => ({ value, ids: hits.map(({ id }) => id) })),
      complete: full || atEnd,
    };
  }
}
