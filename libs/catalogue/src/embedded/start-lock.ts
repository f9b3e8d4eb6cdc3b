import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '#libs/errors';
import { identifySelf, isStillRunning, type ProcessIdentity } from './process-identity.js';

interface LockHolder extends ProcessIdentity {
  /** Of one taking of the lock, so that a lock taken anew is never mistaken for the stale one before it. */
  readonly nonce: string;
}

export interface StartLockOptions {
  /**
   * Where the lock file cannot be written, as on a full or read-only disk, run the task without it: hardly anybody else
   * gets the lock there either.
   */
  readonly orWithout?: boolean;
}

const POLL_MS = 25;
const PATIENCE_MS = 120_000;
/** A takeover is a handful of system calls; one this old was killed in the middle. */
const TAKEOVER_STALE_MS = 10_000;

/**
 * Runs `task` while no other process runs one under the same lock file. Held for the moments of starting and stopping
 * a database only; who owns a data folder is decided by `FolderOwnership`. A holder that was killed is noticed by its
 * pid and start time. One in another container looks the same: `ServerLock` keeps those apart.
 *
 * @throws DomainError `data_folder_in_use` when another process keeps the lock for two minutes
 */
export async function withStartLock<T>(
  file: string,
  task: () => Promise<T>,
  options: StartLockOptions = {},
): Promise<T> {
  const self: LockHolder = { ...(await identifySelf()), nonce: randomUUID() };
  await take(file, self).catch((error: unknown) => {
    if (options.orWithout !== true || !isFileError(error)) throw error;
  });
  try {
    return await task();
  } finally {
    if ((await readHolder(file))?.nonce === self.nonce) await rm(file, { force: true });
  }
}

/** Whether the operating system refused something, as reading or writing a file. */
export function isFileError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

async function take(file: string, self: LockHolder): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await tryCreate(file, JSON.stringify(self)))) {
    const holder = await readHolder(file);
    if (holder && !(await isStillRunning(holder))) await removeStale(file, holder);
    else if (Date.now() > deadline) {
      throw new DomainError(
        'data_folder_in_use',
        `process ${holder?.pid ?? '?'} has been starting or stopping the database of this folder for two minutes (${file})`,
      );
    } else await sleep(POLL_MS);
  }
}

async function tryCreate(file: string, text: string): Promise<boolean> {
  const handle = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null;
    throw error;
  });
  if (!handle) return false;
  try {
    await handle.writeFile(text).finally(() => handle.close());
    return true;
  } catch (error) {
    // A full disk takes the name and not the text; an empty lock counts as held for a while.
    await rm(file, { force: true });
    throw error;
  }
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LockHolder;
  } catch {
    // Gone, or its holder is between creating and writing it. One killed in just that moment leaves it empty for ever.
    const age = await stat(file).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    return age > TAKEOVER_STALE_MS ? { pid: 0, started: '', nonce: 'unreadable' } : undefined;
  }
}

/**
 * Several waiters may see the same stale lock; were each simply to delete it, the second would delete the lock the
 * first has just taken. So the right to delete is itself taken exclusively, for this one nonce, and the lock read again.
 */
async function removeStale(file: string, stale: LockHolder): Promise<void> {
  const takeover = `${file}.${stale.nonce}`;
  if (!(await tryCreate(takeover, ''))) {
    const age = await stat(takeover).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > TAKEOVER_STALE_MS) await rm(takeover, { force: true });
    await sleep(POLL_MS);
    return;
  }
  try {
    if ((await readHolder(file))?.nonce === stale.nonce) await rm(file, { force: true });
  } finally {
    await rm(takeover, { force: true });
  }
}
