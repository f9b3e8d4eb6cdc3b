import { randomBytes } from 'node:crypto';
import { access, constants, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';

export interface FolderState {
  readonly exists: boolean;
  /** Bytes this user may still write there. */
  readonly freeBytes: number;
}

/**
 * Looks whether a folder can be written to, without making it: one that is not there yet is judged by the nearest
 * folder above it.
 *
 * @throws the system's error where it cannot
 */
export async function probeFolder(folder: string): Promise<FolderState> {
  const nearest = await nearestExisting(folder);
  const exists = nearest === folder;
  if (!(await stat(nearest)).isDirectory()) throw new Error(`${nearest} is a file, not a folder.`);
  await access(nearest, constants.W_OK | constants.X_OK);
  if (exists) {
    // access(2) asks about permissions only; a read-only or full disk shows when something is written.
    const probe = path.join(folder, `.write-probe-${randomBytes(6).toString('hex')}`);
    await writeFile(probe, 'x', { flag: 'wx' });
    await rm(probe);
  }
  const disk = await statfs(nearest);
  return { exists, freeBytes: disk.bavail * disk.bsize };
}

async function nearestExisting(folder: string): Promise<string> {
  for (let candidate = folder; ; candidate = path.dirname(candidate)) {
    const found = await stat(candidate).catch(() => undefined);
    if (found !== undefined || path.dirname(candidate) === candidate) return candidate;
  }
}

/** @throws DomainError `data_folder_unusable` */
export async function assertFolderUsable(folder: string): Promise<void> {
  await probeFolder(folder).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DomainError('data_folder_unusable', `The data folder ${folder} cannot be written to: ${reason}`, {
      cause,
    });
  });
}
