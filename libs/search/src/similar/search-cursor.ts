import { DomainError } from '#libs/errors';
import type { VectorHit } from '#libs/vector-index';
import { z } from 'zod';

/**
 * Where a page of results ended. It names a place in the order, not a number of results, so images that come and go
 * between two pages make no image appear twice.
 */
export interface SearchCursor {
  /** Score of the last result. */
  readonly score: number;
  /** Results so far whose score is as good as that one, in the order they were given out; of more than `MOST_LEVEL` the last. */
  readonly level: readonly VectorHit[];
  /** How many results came before. */
  readonly seen: number;
}

/** An uploaded query is encoded anew for each page; what that may change in a score counts as the same score. */
const SAME_SCORE = 1e-5;
/** Decimals of scores in a level: so few that those who share one are many, and a cursor short. */
const LEVEL_DECIMALS = 6;
const MOST_LEVEL = 1000;

/** The hits of an order that come after the cursor. */
export function after(hits: readonly VectorHit[], cursor: SearchCursor | undefined): readonly VectorHit[] {
  if (cursor === undefined) return hits;
  const level = new Set(cursor.level.map(({ id }) => id));
  // What is not named any more is counted off, up to the midst of what is: so many may have come or gone before it since.
  const rest = countsOff(cursor) ? hits.slice(Math.max(0, cursor.seen - MOST_LEVEL / 2)) : hits;
  return rest.filter(({ id, score }) => score <= cursor.score + SAME_SCORE && !level.has(id));
}

/** Whether it may lack names: what came before them is found by its number, in an order that is the same each time. */
export const countsOff = ({ level }: SearchCursor): boolean => level.length === MOST_LEVEL;

/** The cursor behind a page, or what it was where the page is empty. */
export function cursorAfter(page: readonly VectorHit[], before: SearchCursor | undefined): SearchCursor | undefined {
  const last = page.at(-1);
  if (!last) return before;
  const level = [...(before?.level ?? []), ...page].filter(({ score }) => score <= last.score + 2 * SAME_SCORE);
  return { score: last.score, level: level.slice(-MOST_LEVEL), seen: (before?.seen ?? 0) + page.length };
}

export function encodeCursor({ score, level, seen }: SearchCursor): string {
  const ids = new Map<number, number[]>();
  for (const hit of level) {
    const rounded = Number(hit.score.toFixed(LEVEL_DECIMALS));
    const same = ids.get(rounded);
    if (same) same.push(hit.id);
    else ids.set(rounded, [hit.id]);
  }
  return Buffer.from(JSON.stringify([score, seen, ...ids])).toString('base64url');
}

const count = z.int().min(0);
const cursorSchema = z.tuple([z.number(), count], z.tuple([z.number(), z.array(count)]));

/** @throws DomainError `invalid_request` for a text that is no cursor */
export function decodeCursor(text: string): SearchCursor {
  try {
    const [score, seen, ...ids] = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    const level = ids.flatMap(([same, those]) => those.map((id) => ({ id, score: same })));
    if (level.length <= MOST_LEVEL) return { score, seen, level };
  } catch {
    // Said below.
  }
  throw new DomainError('invalid_request', 'The cursor is not one this service gave out.', {
    fields: [
      { path: 'cursor', expected: 'the nextCursor of an earlier page', received: JSON.stringify(text.slice(0, 40)) },
    ],
  });
}
