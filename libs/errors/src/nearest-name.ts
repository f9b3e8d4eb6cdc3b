import { closestMatch } from 'leven';

/** Edits (characters put in, taken out or replaced) that a misspelt name may be away from the one that was meant. */
const MOST_EDITS = 2;

/**
 * The one of `names` that was most likely meant by a name which is none of them; upper and lower case count alike.
 *
 * @returns undefined where none is near: at most two edits, and no more than half of the name
 * @example nearestName('minscore', ['k', 'minScore']) // 'minScore'
 */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const maxDistance = Math.min(MOST_EDITS, Math.floor(given.length / 2));
  const folded = names.map((name) => name.toLowerCase());
  const nearest = closestMatch(given.toLowerCase(), folded, { maxDistance });
  return nearest === undefined ? undefined : names[folded.indexOf(nearest)];
}
