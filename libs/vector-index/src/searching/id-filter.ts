import type { VectorBlock } from '../matrix/vector-block.js';

/** Index of the first of `sorted[from … to)` that is not under `value`. */
export function lowerBound(sorted: Float64Array, value: number, from = 0, to = sorted.length): number {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] ?? Infinity) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

export function includesId(sorted: Float64Array, id: number): boolean {
  return sorted[lowerBound(sorted, id)] === id;
}

/**
 * Live rows of a block whose ids are in `filter`, ascending.
 *
 * @param count rows of the block to look at
 * @param sorted whether the block's ids ascend
 * @param filter ids in ascending order
 */
export function matchingRows(
  block: VectorBlock,
  count: number,
  sorted: boolean,
  filter: Float64Array,
  version: number,
): number[] {
  const rows: number[] = [];
  if (count === 0) return rows;
  if (!sorted) {
    for (let row = 0; row < count; row++) {
      if (block.isLive(row, version) && includesId(filter, block.ids[row] ?? NaN)) rows.push(row);
    }
    return rows;
  }
  const last = block.ids[count - 1] ?? 0;
  let row = 0;
  for (let at = lowerBound(filter, block.ids[0] ?? 0); at < filter.length && row < count; at++) {
    const id = filter[at] ?? Infinity;
    if (id > last) break;
    row = advance(block.ids, id, row, count);
    if (block.ids[row] === id && block.isLive(row, version)) rows.push(row);
  }
  return rows;
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
