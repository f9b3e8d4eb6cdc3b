import type { VectorBlock } from '../matrix/vector-block.js';
import { hasId, lowerBound, type IdSet } from './id-set.js';

/** Looking a row up in the set's ids costs about as much as looking at this many rows. */
const ROWS_PER_LOOK_UP = 8;

/**
 * Live rows of a block whose ids are in a set, ascending.
 *
 * @param count rows of the block to look at
 * @param sorted whether the block's ids ascend
 * @param into room for as many rows
 * @returns the beginning of `into`
 */
export function matchingRows(
  block: VectorBlock,
  count: number,
  sorted: boolean,
  set: IdSet,
  version: number,
  into: Uint32Array,
): Uint32Array {
  if (count === 0) return into.subarray(0, 0);
  const { ids } = set;
  const from = sorted ? lowerBound(ids, block.ids[0] ?? 0) : 0;
  const to = sorted ? lowerBound(ids, (block.ids[count - 1] ?? 0) + 1, from) : ids.length;
  // Few ids are sought in the rows, of many rows each is looked up in the set.
  const seek = sorted && (to - from) * ROWS_PER_LOOK_UP < count;
  const found = seek
    ? seekIds(block, count, ids.subarray(from, to), version, into)
    : lookUpRows(block, count, set, version, into);
  return into.subarray(0, found);
}

function lookUpRows(block: VectorBlock, count: number, set: IdSet, version: number, into: Uint32Array): number {
  let found = 0;
  for (let row = 0; row < count; row++) {
    if (hasId(set, block.ids[row] ?? NaN) && block.isLive(row, version)) into[found++] = row;
  }
  return found;
}

function seekIds(block: VectorBlock, count: number, ids: Float64Array, version: number, into: Uint32Array): number {
  let found = 0;
  let row = 0;
  for (let at = 0; at < ids.length && row < count; at++) {
    const id = ids[at] ?? Infinity;
    row = advance(block.ids, id, row, count);
    if (block.ids[row] === id && block.isLive(row, version)) into[found++] = row;
  }
  return found;
}

/** First row from `row` on whose id is not under `id`: steps that double, then halves; quick for near and far. */
function advance(ids: Float64Array, id: number, row: number, count: number): number {
  let step = 1;
  let low = row;
  while (low + step < count && (ids[low + step] ?? Infinity) < id) {
    low += step;
    step *= 2;
  }
  return lowerBound(ids, id, low, Math.min(count, low + step + 1));
}
