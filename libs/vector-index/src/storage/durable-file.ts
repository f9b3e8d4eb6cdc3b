import { createHash } from 'node:crypto';
import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';

const READ_BYTES = 4 * 1024 * 1024;

/** Makes names in a folder survive a power cut. Platforms that cannot open a folder have nothing to do here. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using(folder, 'r', (handle) => handle.sync());
}

/** Writes a whole file aside, syncs it and puts it in place of what was there: readers see the old or the new. */
export async function replaceFile(file: string, contents: string): Promise<void> {
  const aside = `${file}.tmp`;
  await using(aside, 'w', async (handle) => {
    await handle.writeFile(contents);
    await handle.sync();
  });
  await rename(aside, file);
  await syncFolder(path.dirname(file));
}

/** Writes pieces one after another and syncs. @returns bytes written and their sha256 */
export async function writeSynced(
  file: string,
  pieces: Iterable<Uint8Array>,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await using(file, 'w', async (handle) => {
    for (const piece of pieces) {
      // Shared memory may not be handed to the file system: copy.
      const copy = new Uint8Array(piece);
      hash.update(copy);
      for (let done = 0; done < copy.length;) done += (await handle.write(copy, done, copy.length - done)).bytesWritten;
      bytes += copy.length;
    }
    await handle.sync();
  });
  return { bytes, sha256: hash.digest('hex') };
}

/** Reads a file from beginning to end. @returns its length and sha256 */
export async function digestFile(
  file: string,
  onPiece: (piece: Uint8Array, at: number) => void = () => undefined,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await using(file, 'r', async (handle) => {
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      const length = await fill(handle, buffer, bytes);
      if (length === 0) return;
      const piece = buffer.subarray(0, length);
      hash.update(piece);
      onPiece(piece, bytes);
      bytes += length;
    }
  });
  return { bytes, sha256: hash.digest('hex') };
}

/** Syncs a file that another library wrote. */
export const syncFile = (file: string): Promise<void> => using(file, 'r+', (handle) => handle.sync());

export async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8')) as unknown;
}

/** Reads until the buffer is full or the file ends: a read may give less than it was asked for. */
async function fill(handle: FileHandle, buffer: Uint8Array, at: number): Promise<number> {
  for (let held = 0; ;) {
    const { bytesRead } = await handle.read(buffer, held, buffer.length - held, at + held);
    held += bytesRead;
    if (bytesRead === 0 || held === buffer.length) return held;
  }
}

async function using(file: string, flags: string, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(file, flags);
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}

/** An error of the file system as one the caller can act on. */
export function storageError(error: unknown, where: string): DomainError {
  if (error instanceof DomainError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return DomainError.from(error);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new DomainError(full ? 'storage_full' : 'data_folder_unusable', `${where}: ${message}`, { cause: error });
}
