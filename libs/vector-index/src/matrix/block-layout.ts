import { DomainError } from '#libs/errors';

const BLOCK_BYTES = 64 * 1024 * 1024;
const MAX_ROWS = 65_536;
const PAGE = 65_536;

/** Rows scored by one call of the kernel. */
export const CHUNK_ROWS = 2048;

/**
 * Where things lie in one block, a WebAssembly memory that all threads share: for each searching thread a slot for
 * query, row numbers and scores; then for every row a stamp (u32), an id (f64) and the vector (f32, padded with zeros
 * to a multiple of 16 components).
 */
export class BlockLayout {
  /** Components from one row to the next. */
  readonly stride: number;
  /** Rows a block holds. */
  readonly rows: number;
  readonly pages: number;
  readonly stampsAt: number;
  readonly idsAt: number;
  readonly vectorsAt: number;
  private readonly slotBytes: number;

  /** @param slots number of threads that may score at the same time */
  constructor(
    readonly dimension: number,
    readonly slots: number,
  ) {
    this.stride = Math.ceil(dimension / 16) * 16;
    this.rows = Math.min(MAX_ROWS, Math.max(64, Math.floor(BLOCK_BYTES / (this.stride * 4))));
    this.slotBytes = this.stride * 4 + CHUNK_ROWS * 8;
    this.stampsAt = slots * this.slotBytes;
    this.idsAt = Math.ceil((this.stampsAt + this.rows * 4) / 8) * 8;
    this.vectorsAt = Math.ceil((this.idsAt + this.rows * 8) / 64) * 64;
    this.pages = Math.ceil((this.vectorsAt + this.rows * this.stride * 4) / PAGE);
  }

  /** Byte offsets of a thread's slot. */
  slot(slot: number): { query: number; list: number; scores: number } {
    const query = slot * this.slotBytes;
    const list = query + this.stride * 4;
    return { query, list, scores: list + CHUNK_ROWS * 4 };
  }

  /** A fresh block. The pages are the operating system's until they are written. */
  allocate(): WebAssembly.Memory {
    try {
      return new WebAssembly.Memory({ initial: this.pages, maximum: this.pages, shared: true });
    } catch (error) {
      throw new DomainError('index_unavailable', 'there is not enough memory for more vectors', { cause: error });
    }
  }

  /** Number of blocks that `count` rows need. */
  blocksFor(count: number): number {
    return Math.ceil(count / this.rows);
  }
}
