import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { writeFileAtomically } from './atomic-file.js';
import { readText } from './data-folder.js';
import { pidScope } from './process-identity.js';
import { runsAsRoot } from './system-user.js';

const NAME = 'server.lock';
/** Where the holder can be seen. The lock's own file cannot tell: not every user may write it, and it must not be replaced. */
const SCOPE = 'server.scope';
/** What flock(1) ends with where somebody else has the lock; its own failures have other numbers. */
const HELD = 75;
/** A server that was killed lets go of its files a moment after it cannot be seen any more. */
const PATIENCE_S = 5;

/**
 * Keeps a second database server off a data folder where pids cannot: in another container, or outside of this one, the
 * server's pid means nothing, and PostgreSQL's own guards (its pid file, its shared memory) see no further.
 *
 * It is a lock of the kernel on a file of the data folder, flock(2). Such a lock belongs to the open file, which the
 * server inherits: it is held while this process or any process of the server lives, and nothing stale can be left.
 * Node.js cannot take it, so the program flock takes it on a file that is opened here. Where there is none, as outside of
 * Linux, pids alone decide.
 */
export class ServerLock {
  private readonly path: string;
  private readonly scopePath: string;
  private file?: FileHandle;
  private warned = false;

  constructor(
    private readonly dataDir: string,
    private readonly onLog: (line: string) => void,
  ) {
    this.path = path.join(dataDir, NAME);
    this.scopePath = path.join(dataDir, SCOPE);
  }

  /** The open file that holds the lock, for the server to inherit; undefined where it is not taken. */
  get fd(): number | undefined {
    return this.file?.fd;
  }

  /**
   * Takes the lock if it is free. A process that has it and can be seen from here is left alone, for its server may have
   * to be adopted.
   *
   * @throws DomainError `data_folder_in_use` where a process has it that cannot be seen from here
   */
  async takeIfFree(): Promise<void> {
    if (!(await this.tryTake('--nonblock')) && !(await this.holderCanBeSeen())) throw this.inUse();
  }

  /**
   * Takes the lock, which a server must have; nothing happens if it is taken already.
   *
   * @throws DomainError `data_folder_in_use`
   */
  async take(): Promise<void> {
    if (!(await this.tryTake('--timeout', String(PATIENCE_S)))) throw this.inUse();
  }

  /** Lets go of it; a server that inherited it has it until it ends. */
  async release(): Promise<void> {
    const file = this.file;
    this.file = undefined;
    await file?.close();
  }

  /** @returns false where somebody else has it */
  private async tryTake(...waiting: readonly string[]): Promise<boolean> {
    if (this.file || process.platform !== 'linux') return true;
    const file = await this.openFile();
    try {
      const code = await flock(file.fd, waiting);
      if (code === HELD) return false;
      if (code === 0) {
        await writeFileAtomically(this.scopePath, `${await pidScope()}\n`, 0o644);
        this.file = file;
      } else this.warn();
      return true;
    } finally {
      if (this.file !== file) await file.close();
    }
  }

  /** Made by a command of root's, it is the folder's own user's; one that is another user's is locked all the same. */
  private async openFile(): Promise<FileHandle> {
    try {
      const made = await open(this.path, 'wx', 0o644);
      // Not one that was there: it could be a link to a file of root's. Some file systems know no owners.
      if (runsAsRoot())
        await stat(this.dataDir)
          .then(({ uid, gid }) => made.chown(uid, gid))
          .catch(() => undefined);
      return made;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    return open(this.path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
      // Enough for a lock on a local disk; network file systems want a file that is open for writing.
      return open(this.path, 'r');
    });
  }

  /** Not where it cannot be read either: what cannot be seen is left alone. */
  private async holderCanBeSeen(): Promise<boolean> {
    return (await readText(this.scopePath).catch(() => undefined)) === (await pidScope());
  }

  private warn(): void {
    if (!this.warned)
      this.onLog('flock(1) cannot lock the data folder: let no other container use it at the same time');
    this.warned = true;
  }

  private inUse(): DomainError {
    return new DomainError(
      'data_folder_in_use',
      `Another process uses the data folder ${this.dataDir}. If it cannot be seen here, it runs in another container, or outside of this one: run commands there, as with docker exec.`,
    );
  }
}

/** Locks an open file. @returns what flock(1) ended with; undefined where it could not be run */
async function flock(fd: number, waiting: readonly string[]): Promise<number | undefined> {
  // To the child the file is number 3.
  const args = ['--exclusive', '--conflict-exit-code', String(HELD), ...waiting, '3'];
  const child = spawn('flock', args, { stdio: ['ignore', 'ignore', 'ignore', fd] });
  const [code] = (await once(child, 'exit').catch(() => [])) as [(number | null)?];
  return code ?? undefined;
}
