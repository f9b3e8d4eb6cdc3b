import type { View } from '../contents.js';
import type { IdSet } from './id-set.js';

/**
 * How many live rows of each part match a set. A filter that is asked for again while nothing has been written has the
 * same set, and then nothing is counted again.
 */
export class MatchCounts {
  private readonly known = new WeakMap<IdSet, { readonly rows: string; readonly counts: Promise<readonly number[]> }>();

  of(view: View, set: IdSet, count: () => Promise<readonly number[]>): Promise<readonly number[]> {
    const rows = rowsOf(view);
    const found = this.known.get(set);
    if (found?.rows === rows) return found.counts;
    const counts = count();
    this.known.set(set, { rows, counts });
    // What failed once is tried again.
    counts.catch(() => this.known.delete(set));
    return counts;
  }
}

/** Which rows a view shows: those of its parts that live at its version. */
const rowsOf = ({ version, parts }: View): string => [version, ...parts.map(({ part }) => part.key)].join(' ');
