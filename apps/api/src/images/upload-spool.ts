import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '#libs/errors';
import type { MemoryBudget } from './memory-budget.js';

/** One received file, in memory or on disk until its request is over. */
export interface SpooledFile {
  readonly size: number;
  read(): Promise<Buffer>;
}

/** Keeps the files of one request: in memory while the budget allows, and else in a temporary folder. */
export class UploadSpool {
  private taken = 0;
  private count = 0;
  private folder?: Promise<string>;

  constructor(private readonly budget: MemoryBudget) {}

  /** Reads a file to its end. */
  async keep(stream: Readable): Promise<SpooledFile> {
    const chunks: Buffer[] = [];
    let size = 0;
    const iterator = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    for (;;) {
      const { value: chunk, done } = await iterator.next();
      if (done) return { size, read: () => Promise.resolve(Buffer.concat(chunks, size)) };
      chunks.push(chunk);
      size += chunk.length;
      if (!this.budget.take(chunk.length)) return this.keepOnDisk(chunks, iterator);
      this.taken += chunk.length;
    }
  }

  /** Forgets every file; call it when the request is over, whatever its end. */
  async dispose(): Promise<void> {
    this.budget.give(this.taken);
    this.taken = 0;
    if (this.folder) await rm(await this.folder, { recursive: true, force: true });
  }

  private async keepOnDisk(start: readonly Buffer[], rest: AsyncIterator<Buffer>): Promise<SpooledFile> {
    this.folder ??= mkdtemp(path.join(tmpdir(), 'likeness-upload-'));
    const file = path.join(await this.folder, String(this.count++));
    let size = 0;
    const all = async function* (): AsyncGenerator<Buffer> {
      for (const chunk of start) yield chunk;
      for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
    };
    const counted = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of all()) {
        size += chunk.length;
        yield chunk;
      }
    };
    try {
      await pipeline(Readable.from(counted(), { objectMode: false }), createWriteStream(file, { mode: 0o600 }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      throw new DomainError('storage_full', `There is no space left in ${tmpdir()} for the upload.`, { cause: error });
    }
    return { size, read: () => readFile(file) };
  }
}
