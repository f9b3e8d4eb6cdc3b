import type { FieldProblem } from './domain-error.js';
import { nearestName } from './nearest-name.js';

/** What is expected of a field that nobody knows. Callers rely on these words. */
export const NO_SUCH_FIELD = 'no such field';

/**
 * A field problem as a sentence.
 *
 * @param known names that stand where an unknown one was given: it may have been meant as one of them
 * @param noun what callers know fields as
 * @example problemText({ path: 'k', expected: 'at most 9', received: '"10"' }) // 'Expected at most 9 for k but received "10".'
 */
export function problemText(
  { path, expected, received }: FieldProblem,
  known: readonly string[] = [],
  noun = 'field',
): string {
  if (expected !== NO_SUCH_FIELD) return `Expected ${expected} for ${path} but received ${received}.`;
  const meant = nearestName(path.slice(path.lastIndexOf('.') + 1), known);
  return `There is no ${noun} ${path}${meant === undefined ? '.' : `; did you mean ${meant}?`}`;
}
