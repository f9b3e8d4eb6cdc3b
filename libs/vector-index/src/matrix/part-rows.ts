import type { BlockLayout } from './block-layout.js';
import { VectorBlock } from './vector-block.js';

/** Rows of one part: its blocks in order. Row numbers count through all blocks. */
export class PartRows {
  readonly blocks: VectorBlock[] = [];

  constructor(
    readonly layout: BlockLayout,
    memories: readonly WebAssembly.Memory[] = [],
  ) {
    for (const memory of memories) this.addBlock(memory);
  }

  get memories(): WebAssembly.Memory[] {
    return this.blocks.map((block) => block.memory);
  }

  addBlock(memory: WebAssembly.Memory): void {
    this.blocks.push(new VectorBlock(this.layout, memory));
  }

  /** Number of rows of block `index` when the part has `count` rows. */
  rowsIn(index: number, count: number): number {
    return Math.max(0, Math.min(this.layout.rows, count - index * this.layout.rows));
  }

  id(row: number): number {
    return this.blockOf(row).ids[row % this.layout.rows] ?? NaN;
  }

  setId(row: number, id: number): void {
    this.blockOf(row).ids[row % this.layout.rows] = id;
  }

  stamp(row: number): number {
    return this.blockOf(row).stamps[row % this.layout.rows] ?? 0;
  }

  setStamp(row: number, version: number): void {
    this.blockOf(row).stamps[row % this.layout.rows] = version;
  }

  isLive(row: number, version: number): boolean {
    return this.blockOf(row).isLive(row % this.layout.rows, version);
  }

  /** A view, not a copy. */
  vector(row: number): Float32Array {
    return this.blockOf(row).vector(row % this.layout.rows);
  }

  write(row: number, id: number, vector: Float32Array): void {
    const block = this.blockOf(row);
    const local = row % this.layout.rows;
    block.ids[local] = id;
    block.stamps[local] = 0;
    block.vector(local).set(vector);
  }

  /** Row of an id among the first `count` rows, which are in ascending order of id; −1 when it is not there. */
  find(id: number, count: number): number {
    let low = 0;
    let high = count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.id(middle);
      if (found === id) return middle;
      if (found < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  private blockOf(row: number): VectorBlock {
    const block = this.blocks[Math.floor(row / this.layout.rows)];
    if (!block) throw new RangeError(`row ${row} is past the end of its part`);
    return block;
  }
}
