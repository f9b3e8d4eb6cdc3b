/** Edits that a misspelt name may be away from the one that was meant. */
const MOST_EDITS = 2;

/**
 * The one of `names` that was most likely meant by a name which is none of them; upper and lower case count alike.
 *
 * @returns undefined where none is near: at most two edits, and no more than half of the name
 * @example nearestName('minscore', ['k', 'minScore']) // 'minScore'
 */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const most = Math.min(MOST_EDITS, Math.floor(given.length / 2));
  const near = names
    .filter((name) => Math.abs(name.length - given.length) <= most)
    .map((name) => ({ name, edits: editsBetween(given.toLowerCase(), name.toLowerCase()) }))
    .filter(({ edits }) => edits <= most);
  return near.sort((a, b) => a.edits - b.edits)[0]?.name;
}

/** Characters to put in, take out or replace to make one text of the other (Levenshtein). */
function editsBetween(from: string, to: string): number {
  let before = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [row, character] of [...from].entries()) {
    const edits = [row + 1];
    for (let at = 0; at < to.length; at++) {
      const replaced = (before[at] ?? 0) + (character === to[at] ? 0 : 1);
      edits.push(Math.min(replaced, (before[at + 1] ?? 0) + 1, (edits[at] ?? 0) + 1));
    }
    before = edits;
  }
  return before[to.length] ?? 0;
}
