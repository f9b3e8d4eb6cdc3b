import { DomainError } from '#libs/errors';
import type { VectorHit } from '#libs/vector-index';

/**
 * Where a page of results ended. It names a place in the order, not a number of results, so images that come and go
 * between two pages make no image appear twice.
 */
export interface SearchCursor {
  /** Score of the last result. */
  readonly score: number;
  /** Ids given out so far whose score is as good as that one. */
  readonly level: readonly number[];
  /** How many results came before. */
  readonly seen: number;
}

/** An uploaded query is encoded anew for each page; what that may change in a score counts as the same score. */
const SAME_SCORE = 1e-5;
const MOST_LEVEL = 1000;

/** The hits of an order that come after the cursor. */
export function after(hits: readonly VectorHit[], cursor: SearchCursor | undefined): readonly VectorHit[] {
  if (cursor === undefined) return hits;
  const level = new Set(cursor.level);
  return hits.filter(({ id, score }) => score <= cursor.score + SAME_SCORE && !level.has(id));
}

/** The cursor behind a page, or what it was where the page is empty. */
export function cursorAfter(page: readonly VectorHit[], before: SearchCursor | undefined): SearchCursor | undefined {
  const last = page.at(-1);
  if (!last) return before;
  const asGood = (score: number): boolean => score <= last.score + 2 * SAME_SCORE;
  const level = page.filter(({ score }) => asGood(score)).map(({ id }) => id);
  const earlier = before && asGood(before.score) ? before.level : [];
  return {
    score: last.score,
    level: [...earlier, ...level].slice(-MOST_LEVEL),
    seen: (before?.seen ?? 0) + page.length,
  };
}

export function encodeCursor({ score, level, seen }: SearchCursor): string {
  return Buffer.from(JSON.stringify([score, seen, ...level])).toString('base64url');
}

/** @throws DomainError `invalid_request` for a text that is no cursor */
export function decodeCursor(text: string): SearchCursor {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(parts) && parts.length >= 2 && parts.length <= MOST_LEVEL + 2) {
      const [score, seen, ...level] = parts as unknown[];
      const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
      if (typeof score === 'number' && isCount(seen) && level.every(isCount)) return { score, seen, level };
    }
  } catch {
    // Said below.
  }
  throw new DomainError('invalid_request', 'The cursor is not one this service gave out.', {
    fields: [
      { path: 'cursor', expected: 'the nextCursor of an earlier page', received: JSON.stringify(text.slice(0, 40)) },
    ],
  });
}
