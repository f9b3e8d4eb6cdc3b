/**
 * Ids that a search is among, in memory that all threads share: plain data, so that a message carries it for the price
 * of two references.
 */
export interface IdSet {
  /** Ascending. */
  readonly ids: Float64Array;
  /** Bit i of word w stands for id `first + 32 w + i`; `null` where that would take more memory than the ids. */
  readonly bits: Uint32Array | null;
  readonly first: number;
}

const ID_BITS = 8 * Float64Array.BYTES_PER_ELEMENT;
/** Sets of arrays that were seen; a filter that is asked for again has the same array. */
const known = new WeakMap<Float64Array, IdSet>();

/** @param ascending not to be changed any more; used as it is where it lies in shared memory */
export function idSetOf(ascending: Float64Array): IdSet {
  const found = known.get(ascending);
  if (found) return found;
  const first = ascending[0] ?? 0;
  const span = ascending.length === 0 ? 0 : (ascending[ascending.length - 1] ?? 0) - first + 1;
  const set = {
    ids: shared(ascending),
    bits: span <= ascending.length * ID_BITS ? bitsOf(ascending, first, span) : null,
    first,
  };
  known.set(ascending, set);
  return set;
}

/** The set of these ids, in any order. */
export const idSetOfList = (ids: readonly number[]): IdSet => idSetOf(Float64Array.from(ids).sort());

export function hasId({ ids, bits, first }: IdSet, id: number): boolean {
  if (!bits) return ids[lowerBound(ids, id)] === id;
  const at = id - first;
  return at >= 0 && at < bits.length * 32 && (((bits[at >>> 5] ?? 0) >>> (at & 31)) & 1) === 1;
}

/** Index of the first of `sorted[from … to)` that is not under `value`. */
export function lowerBound(sorted: Float64Array, value: number, from = 0, to = sorted.length): number {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] ?? Infinity) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

function shared(ids: Float64Array): Float64Array {
  if (ids.buffer instanceof SharedArrayBuffer) return ids;
  const copy = new Float64Array(new SharedArrayBuffer(ids.byteLength));
  copy.set(ids);
  return copy;
}

function bitsOf(ids: Float64Array, first: number, span: number): Uint32Array {
  const bits = new Uint32Array(new SharedArrayBuffer(4 * Math.ceil(span / 32)));
  for (const id of ids) {
    const at = id - first;
    bits[at >>> 5] = (bits[at >>> 5] ?? 0) | (1 << (at & 31));
  }
  return bits;
}
