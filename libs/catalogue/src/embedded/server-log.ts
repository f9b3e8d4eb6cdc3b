import { copyFile, open, stat, truncate, type FileHandle } from 'node:fs/promises';

const ROTATE_AT_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;

/** The log file the server writes to: one file of bounded size and one before it. */
export class ServerLog {
  constructor(readonly file: string) {}

  /** A handle for the server to append to. */
  openForServer(): Promise<FileHandle> {
    return open(this.file, 'a', 0o600);
  }

  /** Bytes written so far: a mark for `since`. */
  async size(): Promise<number> {
    return stat(this.file).then(
      (found) => found.size,
      () => 0,
    );
  }

  /** What was written after a mark, the last 16 KiB of it at most. */
  async since(mark: number): Promise<string> {
    const size = await this.size();
    const start = Math.max(mark, size - TAIL_BYTES, 0);
    if (size <= start) return '';
    const handle = await open(this.file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await handle.close();
    }
  }

  /** Moves what is there to `<file>.1` when it has grown large; safe while the server appends. */
  async rotateIfLarge(): Promise<void> {
    if ((await this.size()) < ROTATE_AT_BYTES) return;
    await copyFile(this.file, `${this.file}.1`);
    await truncate(this.file);
  }
}
