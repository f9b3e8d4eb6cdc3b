/** Most ids kept in all, 8 bytes each, and most sets. */
const MOST_IDS = 4_000_000;
const MOST_SETS = 64;

/**
 * Sets of ids by filter, each with the snapshot of the database that it is true of. A set is given out only while the
 * database would show the same rows: every commit by anybody makes another snapshot.
 */
export class ResolvedSets {
  private readonly sets = new Map<string, { snapshot: string; ids: Float64Array }>();
  private ids = 0;

  get(key: string, snapshot: string): Float64Array | undefined {
    const found = this.sets.get(key);
    if (!found) return undefined;
    this.drop(key);
    // Snapshots never come back, so a set of another one is of no use any more.
    if (found.snapshot !== snapshot) return undefined;
    this.keep(key, found.snapshot, found.ids);
    return found.ids;
  }

  /** The longest unused go where there are too many. */
  keep(key: string, snapshot: string, ids: Float64Array): void {
    this.drop(key);
    if (ids.length > MOST_IDS) return;
    this.sets.set(key, { snapshot, ids });
    this.ids += ids.length;
    for (const oldest of this.sets.keys()) {
      if (this.ids <= MOST_IDS && this.sets.size <= MOST_SETS) return;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    this.ids -= this.sets.get(key)?.ids.length ?? 0;
    this.sets.delete(key);
  }
}
