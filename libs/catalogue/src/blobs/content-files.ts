import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import type { FileWriter } from './file-writer.js';
import { UNFINISHED } from './file-writing.js';

/** Files named by their content, in 256 sub-folders of `root`: `<aa>/<sha256>`. Writers of the same content do not disturb each other. */
export class ContentFiles {
  constructor(
    private readonly root: string,
    private readonly writer: FileWriter,
  ) {}

  /** @param durable whether the bytes must be on the disk when the promise resolves */
  async write(sha256: string, bytes: Buffer, durable: boolean): Promise<void> {
    await this.writer.write({ target: this.pathOf(sha256), bytes, durable });
  }

  /** Null where there is no such file. */
  async read(sha256: string): Promise<Buffer | null> {
    try {
      return await readFile(this.pathOf(sha256));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw readError(error as NodeJS.ErrnoException);
    }
  }

  /** Bytes of the file, null where there is none. */
  async size(sha256: string): Promise<number | null> {
    const found = await stat(this.pathOf(sha256)).catch(() => null);
    return found?.size ?? null;
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
  }

  /**
   * Removes what writers that died have left half written. Shared folders have other writers: only what is older than
   * any write takes is touched.
   *
   * @returns how many files were removed
   */
  async removeUnfinished(olderThanMs: number): Promise<number> {
    let removed = 0;
    for (const folder of await readdir(this.root).catch(() => [])) {
      const names = await readdir(path.join(this.root, folder)).catch(() => []);
      for (const name of names.filter((one) => one.startsWith(UNFINISHED))) {
        const file = path.join(this.root, folder, name);
        const found = await stat(file).catch(() => null);
        if (!found || Date.now() - found.mtimeMs < olderThanMs) continue;
        await rm(file, { force: true });
        removed++;
      }
    }
    return removed;
  }

  /** The name comes from the catalogue, never from a client; checked all the same since it becomes a path. */
  private pathOf(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new DomainError('internal', 'a content hash is malformed');
    return path.join(this.root, sha256.slice(0, 2), sha256);
  }
}

/** One damaged file must not look like trouble of the whole folder, for which work waits. */
function readError({ code, message }: NodeJS.ErrnoException): DomainError {
  const denied = code === 'EACCES' || code === 'EPERM';
  return new DomainError(denied ? 'data_folder_unusable' : 'internal', message);
}
