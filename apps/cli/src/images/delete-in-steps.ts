import type { Cli } from '../cli.js';
import { formatNoun } from '../format/quantities.js';

/** Images of one request. */
const AT_ONCE = 500;

/**
 * Deletes images step by step, as many at once as a request may name. Tells how many are gone where it does not come to its end.
 *
 * @param remove deletes some, and answers those that were there
 * @returns those that were there @throws what `cli.signal` was aborted with, between two steps
 */
export async function deleteInSteps<Id>(
  { signal, terminal }: Cli,
  ids: readonly Id[],
  remove: (some: readonly Id[]) => Promise<readonly Id[]>,
): Promise<Set<Id>> {
  const gone = new Set<Id>();
  try {
    for (let first = 0; first < ids.length; first += AT_ONCE) {
      signal.throwIfAborted();
      for (const id of await remove(ids.slice(first, first + AT_ONCE))) gone.add(id);
    }
  } catch (error) {
    if (gone.size > 0) terminal.note(`Deleted ${gone.size} of ${formatNoun(ids.length, 'image')} before this.`);
    throw error;
  }
  return gone;
}
