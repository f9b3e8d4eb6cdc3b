import { CHUNK_ROWS } from './block-layout.js';
import { KERNEL_BASE64 } from './kernel.generated.js';
import type { VectorBlock } from './vector-block.js';

interface Kernel {
  scan(query: number, rows: number, bytes: number, count: number, out: number): void;
  pick(query: number, rows: number, bytes: number, list: number, count: number, out: number): void;
}

let compiled: WebAssembly.Module | undefined;

/** Scores rows of one block against a query with the WebAssembly kernel; each searching thread uses its own slot. */
export class BlockScorer {
  private readonly kernel: Kernel;
  private readonly at: { query: number; list: number; scores: number };
  private readonly query: Float32Array;
  private readonly list: Uint32Array;
  private readonly scores: Float32Array;

  constructor(
    readonly block: VectorBlock,
    slot: number,
  ) {
    compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BASE64, 'base64'));
    const { memory, layout } = block;
    const instance = new WebAssembly.Instance(compiled, { env: { memory } });
    this.kernel = instance.exports as Kernel;
    this.at = layout.slot(slot);
    this.query = new Float32Array(memory.buffer, this.at.query, layout.stride);
    this.list = new Uint32Array(memory.buffer, this.at.list, CHUNK_ROWS);
    this.scores = new Float32Array(memory.buffer, this.at.scores, CHUNK_ROWS);
  }

  /** Calls back with the inner products of rows 0 … count − 1, a chunk at a time; `scores[i]` is of row `first + i`. */
  scan(
    query: Float32Array,
    count: number,
    onChunk: (scores: Float32Array, first: number, length: number) => void,
  ): void {
    const { layout } = this.block;
    const bytes = layout.stride * 4;
    this.query.set(query);
    for (let first = 0; first < count; first += CHUNK_ROWS) {
      const length = Math.min(CHUNK_ROWS, count - first);
      this.kernel.scan(this.at.query, layout.vectorsAt + first * bytes, bytes, length, this.at.scores);
      onChunk(this.scores, first, length);
    }
  }

  /** Calls back with the inner product of each listed row. */
  pick(query: Float32Array, rows: ArrayLike<number>, onScore: (score: number, row: number) => void): void {
    const { layout } = this.block;
    this.query.set(query);
    for (let first = 0; first < rows.length; first += CHUNK_ROWS) {
      const length = Math.min(CHUNK_ROWS, rows.length - first);
      for (let i = 0; i < length; i++) this.list[i] = rows[first + i] ?? 0;
      this.kernel.pick(this.at.query, layout.vectorsAt, layout.stride * 4, this.at.list, length, this.at.scores);
      for (let i = 0; i < length; i++) onScore(this.scores[i] ?? 0, this.list[i] ?? 0);
    }
  }
}
