import { open, readFile, rm, truncate, type FileHandle } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '#libs/errors';
import type { FeatureBlock, FeatureRows } from './feature-rows.js';

const BLOCK_ROWS = 1024;

/** What all rows of an extraction have in common; another one cannot go on where it stopped. */
export interface ExtractionHead {
  readonly root: string;
  readonly fingerprint: string;
  readonly tap: string;
  readonly dimension: number;
}

/** A picture file as it was when its vector was computed. */
export interface FeatureSource {
  readonly id: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/** A line of the done list: the source, and the place of its vector in the raw file. */
interface DoneLine extends FeatureSource {
  readonly row: number;
}

/**
 * Vectors of an extraction that is not at its end: raw float32 rows in `OUT.partial`, in the order they came, and in
 * `OUT.partial.done` a line for each row that is whole. A row is written before its line, so that what a killed process
 * leaves behind is always usable; a line cut short is dropped.
 */
export class PartialFeatures {
  private constructor(
    private readonly files: { readonly raw: string; readonly done: string },
    private readonly head: ExtractionHead,
    private readonly known: Map<string, DoneLine>,
    private readonly handles: { readonly raw: FileHandle; readonly done: FileHandle },
    private nextRow: number,
  ) {}

  /** Names of the two files of an extraction into `out`. */
  static filesOf(out: string): { raw: string; done: string } {
    return { raw: `${out}.partial`, done: `${out}.partial.done` };
  }

  /** Goes on with what an interrupted extraction left, where it was the same one; else begins anew. */
  static async open(out: string, head: ExtractionHead): Promise<PartialFeatures> {
    const files = PartialFeatures.filesOf(out);
    const left = await readDone(files.done, head);
    if (left === undefined) await Promise.all([rm(files.raw, { force: true }), rm(files.done, { force: true })]);
    else await truncate(files.done, left.bytes);
    const raw = await open(files.raw, left === undefined ? 'w+' : 'r+').catch((error: NodeJS.ErrnoException) => {
      const detail = `${files.raw} cannot be written: ${error.message}`;
      throw new DomainError('output_unwritable', detail, { cause: error });
    });
    const done = await open(files.done, 'a');
    if (left === undefined) await done.appendFile(`${JSON.stringify(head)}\n`);
    const lines = left?.lines ?? [];
    const stored = Math.floor((await raw.stat()).size / rowBytes(head));
    const usable = lines.filter(({ row }) => row < stored);
    const nextRow = lines.reduce((next, { row }) => Math.max(next, row + 1), 0);
    return new PartialFeatures(files, head, new Map(usable.map((line) => [line.id, line])), { raw, done }, nextRow);
  }

  /** Whether the vector of exactly this file is there. */
  has(source: FeatureSource): boolean {
    const line = this.known.get(source.id);
    return line !== undefined && line.size === source.size && line.modifiedMs === source.modifiedMs;
  }

  /** Callers need not wait for one another. */
  async keep({ id, size, modifiedMs }: FeatureSource, vector: Float32Array): Promise<void> {
    const line: DoneLine = { id, size, modifiedMs, row: this.nextRow++ };
    const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
    await this.handles.raw.write(bytes, 0, bytes.length, line.row * bytes.length);
    await this.handles.done.appendFile(`${JSON.stringify(line)}\n`);
    this.known.set(id, line);
  }

  /** The rows of these files, in this order. */
  rows(ids: readonly string[]): FeatureRows {
    return { count: ids.length, dimension: this.head.dimension, blocks: () => this.blocks(ids) };
  }

  /** Leaves both files for another time. */
  async close(): Promise<void> {
    await Promise.all([this.handles.raw.close(), this.handles.done.close()]);
  }

  /** Removes both files; after `close`. */
  async remove(): Promise<void> {
    await Promise.all([rm(this.files.raw, { force: true }), rm(this.files.done, { force: true })]);
  }

  private async *blocks(ids: readonly string[]): AsyncGenerator<FeatureBlock> {
    const bytes = rowBytes(this.head);
    for (let from = 0; from < ids.length; from += BLOCK_ROWS) {
      const some = ids.slice(from, from + BLOCK_ROWS);
      const values = new Float32Array(some.length * this.head.dimension);
      const target = new Uint8Array(values.buffer);
      for (const [at, id] of some.entries()) {
        const line = this.known.get(id);
        if (!line) throw new Error(`there is no vector of ${id}`);
        const { bytesRead } = await this.handles.raw.read(target, at * bytes, bytes, line.row * bytes);
        if (bytesRead !== bytes) throw new Error(`${this.files.raw} is shorter than its list of rows says`);
      }
      yield { ids: some, values };
    }
  }
}

const rowBytes = ({ dimension }: ExtractionHead): number => dimension * Float32Array.BYTES_PER_ELEMENT;

/** The whole lines of a done list and how long they are; undefined where it is not there or of another extraction. */
async function readDone(file: string, head: ExtractionHead): Promise<{ lines: DoneLine[]; bytes: number } | undefined> {
  const text = await readFile(file).catch(() => undefined);
  if (text === undefined) return undefined;
  const bytes = text.lastIndexOf('\n') + 1;
  const [first, ...rest] = text.subarray(0, bytes).toString('utf8').split('\n').slice(0, -1);
  try {
    if (first === undefined || !isDeepStrictEqual(JSON.parse(first), head)) return undefined;
    return { lines: rest.map((line) => JSON.parse(line) as DoneLine), bytes };
  } catch {
    return undefined;
  }
}
