import type { BlockLayout } from './block-layout.js';

/** Typed views of one block. */
export class VectorBlock {
  /** Version at which a row was deleted; 0 while it lives. */
  readonly stamps: Uint32Array;
  readonly ids: Float64Array;
  private readonly vectors: Float32Array;

  constructor(
    readonly layout: BlockLayout,
    readonly memory: WebAssembly.Memory,
  ) {
    const { buffer } = memory;
    this.stamps = new Uint32Array(buffer, layout.stampsAt, layout.rows);
    this.ids = new Float64Array(buffer, layout.idsAt, layout.rows);
    this.vectors = new Float32Array(buffer, layout.vectorsAt, layout.rows * layout.stride);
  }

  /** The vector of a row, a view. */
  vector(row: number): Float32Array {
    const at = row * this.layout.stride;
    return this.vectors.subarray(at, at + this.layout.dimension);
  }

  /** Whether a search that began at `version` sees the row. */
  isLive(row: number, version: number): boolean {
    const stamp = this.stamps[row] ?? 0;
    return stamp === 0 || stamp > version;
  }
}
