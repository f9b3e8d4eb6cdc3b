import { mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ClusteredVectors } from '../lib/clustered-vectors.js';
import { note } from '../lib/report.js';

/** Queries each measurement asks, and neighbours of each. */
export const QUERIES = 200;
export const K = 10;
const CLUSTERS = 1000;
const ROWS_AT_ONCE = 1000;

/**
 * The vectors of one work folder, as files that programs of every language read: rows of little-endian float32, unit
 * length. A smaller set is the beginning of a larger one; the queries are the same for all.
 */
export class Dataset {
  constructor(
    readonly folder: string,
    readonly count: number,
    readonly dimension: number,
  ) {}

  get vectorFile(): string {
    return path.join(this.folder, `vectors-${this.dimension}.f32`);
  }

  get queryFile(): string {
    return path.join(this.folder, `queries-${this.dimension}.f32`);
  }

  get truthFile(): string {
    return path.join(this.folder, `truth-${this.dimension}-${this.count}.json`);
  }

  /** Writes what is missing. A file of more rows than asked for is used as it is. */
  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const size = await stat(this.vectorFile).then(
      (found) => found.size,
      () => 0,
    );
    if (size >= this.count * this.dimension * 4) return;
    note(`writing ${this.count} vectors`);
    const source = new ClusteredVectors(this.dimension, { clusters: CLUSTERS });
    // The queries come first, so that they do not depend on how many vectors follow.
    const queries = Array.from({ length: QUERIES }, () => unit(source.next()));
    await writeFile(this.queryFile, Buffer.concat(queries.map((query) => Buffer.from(query.buffer))));
    const handle = await open(`${this.vectorFile}.tmp`, 'w');
    for (let first = 0; first < this.count; first += ROWS_AT_ONCE) {
      const rows = Math.min(ROWS_AT_ONCE, this.count - first);
      const piece = new Float32Array(rows * this.dimension);
      for (let i = 0; i < rows; i++) piece.set(unit(source.next()), i * this.dimension);
      await handle.write(new Uint8Array(piece.buffer));
      if (first % 100_000 === 0) note(`${first} vectors`);
    }
    await handle.close();
    await rename(`${this.vectorFile}.tmp`, this.vectorFile);
  }

  async queries(): Promise<Float32Array[]> {
    const bytes = await readFile(this.queryFile);
    return Array.from({ length: QUERIES }, (_, i) => this.row(bytes, i));
  }

  /** Rows from `first` on, a thousand at a time. */
  async *rows(first = 0): AsyncGenerator<{ first: number; vectors: Float32Array[] }> {
    const handle = await open(this.vectorFile, 'r');
    const rowBytes = this.dimension * 4;
    try {
      for (; first < this.count; first += ROWS_AT_ONCE) {
        const rows = Math.min(ROWS_AT_ONCE, this.count - first);
        const piece = Buffer.alloc(rows * rowBytes);
        await handle.read(piece, 0, piece.length, first * rowBytes);
        yield { first, vectors: Array.from({ length: rows }, (_, i) => this.row(piece, i)) };
      }
    } finally {
      await handle.close();
    }
  }

  /** Row numbers of the nearest vectors of each query, by exact search; `null` when nobody has searched yet. */
  async truth(): Promise<number[][] | null> {
    const text = await readFile(this.truthFile, 'utf8').catch(() => null);
    return text === null ? null : (JSON.parse(text) as number[][]);
  }

  private row(bytes: Buffer, at: number): Float32Array {
    const from = bytes.byteOffset + at * this.dimension * 4;
    return new Float32Array(bytes.buffer.slice(from, from + this.dimension * 4));
  }
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return vector.map((x) => x / length);
}

/** Share of the true neighbours that were found. */
export function recall(found: readonly (readonly number[])[], truth: readonly (readonly number[])[]): number {
  let hits = 0;
  let all = 0;
  for (const [i, wanted] of truth.entries()) {
    const got = new Set(found[i]);
    hits += wanted.filter((row) => got.has(row)).length;
    all += wanted.length;
  }
  return hits / all;
}
