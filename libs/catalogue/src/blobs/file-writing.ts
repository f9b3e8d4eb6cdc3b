import { randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

/** What the names of files begin with until they are whole. */
export const UNFINISHED = '.writing-';

export interface FileToWrite {
  /** Absolute path. */
  readonly target: string;
  readonly bytes: Uint8Array;
  /** Whether the file must survive a power cut once it is answered. */
  readonly durable: boolean;
}

/** What became of one file: null, or an error, with the code of the operating system where it is one of its. */
export type WriteOutcome = { readonly code: string; readonly message: string } | null;

/**
 * Writes files aside and renames them, so that a reader sees a whole file or none. Runs in a thread of its own: a dozen
 * system calls a file cost a tenth, called one after the other, of what they cost as promises of the main thread.
 */
export class FileWriting {
  /** @returns one outcome per file, in order; a file that fails fails alone */
  writeAll(files: readonly FileToWrite[]): WriteOutcome[] {
    const outcomes = files.map((file) => outcomeOf(() => place(file)));
    // A rename is only on the disk once its folder is; files of one folder share that.
    const folders = new Map<string, WriteOutcome>();
    return outcomes.map((outcome, at) => {
      const file = files[at];
      if (outcome || !file?.durable) return outcome;
      const folder = path.dirname(file.target);
      const synced = folders.get(folder) ?? outcomeOf(() => syncFolder(folder));
      folders.set(folder, synced);
      return synced;
    });
  }
}

function place({ target, bytes, durable }: FileToWrite): void {
  const aside = path.join(path.dirname(target), `${UNFINISHED}${randomUUID()}`);
  const file = openInFolder(aside);
  try {
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      if (durable) fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, target);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** Makes the folder where there is none yet, or none any more. */
function openInFolder(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const folder = path.dirname(file);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    syncFolder(path.dirname(folder));
    return openSync(file, 'wx', 0o600);
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function outcomeOf(work: () => void): WriteOutcome {
  try {
    work();
    return null;
  } catch (error) {
    const { code, errno, message } = error as NodeJS.ErrnoException;
    return { code: errno === undefined ? '' : (code ?? ''), message };
  }
}
