/** Ids are sent in pages of 2^16: a page's number, and two bytes for each of its ids. A tenth of what rows would take. */
const PAGE_BITS = 16;
const PAGE_IDS = 1 << PAGE_BITS;
/** Pages unpacked in one go; each takes well under a millisecond. */
const PAGES_AT_ONCE = 32;

export interface IdPage {
  readonly page: number;
  /** Big-endian signed 16-bit numbers, each an id of the page less 32,768; in any order. */
  readonly low: Buffer;
}

/** Selects pages of the ids that a condition on `image i` leaves. */
export const selectMatchingIds = (condition: string): string =>
  `SELECT i.id >> ${PAGE_BITS} AS page, string_agg(int2send(((i.id & ${PAGE_IDS - 1}) - ${PAGE_IDS / 2})::int2), ''::bytea) AS low
   FROM image i WHERE ${condition} GROUP BY 1 ORDER BY 1`;

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * The ids of ascending pages, ascending, in memory that searching threads can read without a copy.
 */
export async function unpackIds(pages: readonly IdPage[]): Promise<Float64Array> {
  const total = pages.reduce((sum, { low }) => sum + low.length / 2, 0);
  const ids = new Float64Array(new SharedArrayBuffer(total * 8));
  const marks = new Uint32Array(PAGE_IDS / 32);
  let at = 0;
  for (const [n, { page, low }] of pages.entries()) {
    if (n % PAGES_AT_ONCE === PAGES_AT_ONCE - 1) await pause();
    marks.fill(0);
    for (let i = 0; i < low.length; i += 2) {
      const id = low.readInt16BE(i) + PAGE_IDS / 2;
      marks[id >>> 5] = (marks[id >>> 5] ?? 0) | (1 << (id & 31));
    }
    const base = page * PAGE_IDS;
    for (let word = 0; word < marks.length; word++) {
      for (let bits = marks[word] ?? 0; bits !== 0; bits &= bits - 1) {
        ids[at++] = base + word * 32 + (31 - Math.clz32(bits & -bits));
      }
    }
  }
  return ids;
}
