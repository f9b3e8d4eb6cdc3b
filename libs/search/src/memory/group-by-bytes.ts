/** What an item whose size is not known (an address, a link) is taken to have. */
const UNKNOWN_BYTES = 8 * 1024 * 1024;

/**
 * Items in groups of neighbours that have no more than `most` bytes together, so that a group can be held in memory
 * whole. An item that has more is a group of its own.
 *
 * @param most bytes
 */
export function groupByBytes<T extends { readonly size: number | null }>(items: readonly T[], most: number): T[][] {
  const groups: T[][] = [];
  let group: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const own = item.size ?? UNKNOWN_BYTES;
    if (group.length > 0 && bytes + own > most) {
      groups.push(group);
      [group, bytes] = [[], 0];
    }
    group.push(item);
    bytes += own;
  }
  return group.length > 0 ? [...groups, group] : groups;
}
