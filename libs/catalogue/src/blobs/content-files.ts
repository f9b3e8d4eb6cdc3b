import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';

/** Files named by their content, in 256 sub-folders of `root`: `<aa>/<sha256>`. Writers of the same content do not disturb each other. */
export class ContentFiles {
  private readonly foldersMade = new Set<string>();

  constructor(private readonly root: string) {}

  /** @param durable whether the bytes must be on the disk when the promise resolves */
  async write(sha256: string, bytes: Buffer, durable: boolean): Promise<void> {
    const target = this.pathOf(sha256);
    if ((await this.size(sha256)) === bytes.length) return;
    try {
      await this.place(target, bytes, durable);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw storageError(error);
      // Somebody has tidied the folders away since they were made.
      this.foldersMade.clear();
      await this.place(target, bytes, durable).catch((again: unknown) => {
        throw storageError(again);
      });
    }
  }

  private async place(target: string, bytes: Buffer, durable: boolean): Promise<void> {
    const folder = path.dirname(target);
    const aside = path.join(this.root, `.writing-${randomUUID()}`);
    await this.makeFolder(folder);
    try {
      const file = await open(aside, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        if (durable) await file.datasync();
      } finally {
        await file.close();
      }
      await rename(aside, target);
      if (durable) await syncFolder(folder);
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
  }

  /** Null where there is no such file. */
  async read(sha256: string): Promise<Buffer | null> {
    try {
      return await readFile(this.pathOf(sha256));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw storageError(error);
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

  private async makeFolder(folder: string): Promise<void> {
    if (this.foldersMade.has(folder)) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(path.dirname(folder));
    this.foldersMade.add(folder);
  }

  /** The name comes from the catalogue, never from a client; checked all the same since it becomes a path. */
  private pathOf(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new DomainError('internal', 'a content hash is malformed');
    return path.join(this.root, sha256.slice(0, 2), sha256);
  }
}

/** A rename is only on the disk once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function storageError(error: unknown): DomainError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new DomainError('storage_full', undefined, { cause: error });
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new DomainError('data_folder_unusable', message, { cause: error });
  return DomainError.from(error);
}
