import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '#libs/errors';
import { adoptPostmaster } from './adopt-postmaster.js';
import { locateCluster, sweepAbandonedHomes, type ClusterLocation } from './cluster-location.js';
import { createClusterIfMissing, DATABASE_ROLE } from './create-cluster.js';
import { prepareDataFolder, unusable } from './data-folder.js';
import { createDatabase } from './database-admin.js';
import { otherOwner } from './folder-ownership.js';
import { launchPostmaster } from './launch-postmaster.js';
import { PostmasterWatch } from './postmaster-watch.js';
import { findServerProcesses } from './postmaster-file.js';
import { resetPassword } from './reset-password.js';
import { ServerLock } from './server-lock.js';
import { ServerLog } from './server-log.js';
import { refuseIfOwned } from './service-file.js';
import { isFileError, withStartLock, type StartLockOptions } from './start-lock.js';
import { stopPostmaster } from './stop-postmaster.js';

/** Name of the database everything is kept in. */
const DATABASE = 'likeness';
const ROTATION_INTERVAL_MS = 600_000;
/** A server that dies oftener than this within the window, or cannot be started, is restarted after long pauses only. */
const MOST_DEATHS = 5;
const DEATH_WINDOW_MS = 600_000;
const SHORT_PAUSE_MS = 500;
const LONG_PAUSE_MS = 30_000;

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  /** One line each for a person: where files lie, restarts. */
  readonly onLog?: (line: string) => void;
  /** Server settings laid over the usual ones (tests turn `fsync` off). */
  readonly settings?: Readonly<Record<string, string>>;
  /** Milliseconds between tries to restart a server: short ones at first, which grow, and then long ones (tests have no time). */
  readonly pauses?: { readonly short: number; readonly long: number };
}

/** What became of a server that died while it was in use; one that is not recovered yet is tried again and again. */
export type PostmasterDeath = { readonly recovered: true } | { readonly recovered: false; readonly error: DomainError };

/** For `doctor` and support: what runs where. */
export interface EmbeddedPostgresDescription {
  readonly version: string;
  readonly binaries: string;
  readonly cluster: string;
  readonly logFile: string;
  /** Undefined: the user of this process. */
  readonly user?: string;
  readonly pid: number;
  readonly port: number;
  readonly adopted: boolean;
}

interface Running {
  readonly location: ClusterLocation;
  readonly lock: ServerLock;
  readonly log: ServerLog;
  readonly url: string;
  readonly port: number;
  readonly adopted: boolean;
  watch: PostmasterWatch;
}

/**
 * The PostgreSQL server of a data folder: made at the first start, a child process while the service runs, restarted
 * at the same address when it dies, and taken over from a service that was killed.
 *
 * @example
 * const postgres = new EmbeddedPostgres({ dataDir: '/srv/likeness' });
 * const { url } = await postgres.start();
 * await postgres.stop();
 */
export class EmbeddedPostgres {
  private running?: Running;
  private stopping = new AbortController();
  private busy: Promise<unknown> = Promise.resolve();
  private readonly deaths: number[] = [];
  private readonly deathListeners = new Set<(death: PostmasterDeath) => void>();
  private rotation?: NodeJS.Timeout;

  constructor(private readonly options: EmbeddedPostgresOptions) {}

  /**
   * Starts the server, or adopts the one that runs on this data folder already. An adopted server may have a living
   * owner: take `FolderOwnership` before any other use, and call `stop()` when that fails; it leaves an owner's server
   * running.
   *
   * @returns address of the database, valid until `stop`
   * @throws DomainError `data_folder_unusable`, `data_folder_in_use`, `database_failed_to_start`
   */
  start(): Promise<{ url: string; adopted: boolean }> {
    return this.inTurn(async () => {
      if (this.running) return { url: this.running.url, adopted: this.running.adopted };
      this.stopping = new AbortController();
      const dataDir = await prepareDataFolder(this.options.dataDir);
      const running = await this.locked(dataDir, () => this.open(dataDir));
      this.running = running;
      this.watch(running);
      this.rotation = setInterval(
        () => void running.log.rotateIfLarge().catch(() => undefined),
        ROTATION_INTERVAL_MS,
      ).unref();
      return { url: running.url, adopted: running.adopted };
    });
  }

  /** Stops the server, unless another process owns the data folder; it then goes on for that one. Safe to repeat. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.inTurn(async () => {
      const running = this.running;
      if (!running) return;
      this.running = undefined;
      clearInterval(this.rotation);
      running.watch.end();
      const end = async () => {
        const owner = await otherOwner(running.url).catch(() => undefined);
        if (owner !== undefined) this.log(`the database goes on running: process ${owner} owns the data folder`);
        else await stopPostmaster(running.watch.pid, running.location.cluster, 'fast');
      };
      // A full disk is a reason to stop, and to move the folder: a server that ran on would go on changing it.
      await this.locked(running.location.dataDir, end, { orWithout: true }).finally(() => running.lock.release());
    });
  }

  /**
   * Tells what became of the server after each of its deaths; it is restarted by itself, at the same address. Where that
   * fails at first, it tells so once, and again when the server runs.
   *
   * @returns takes the listener off again
   */
  onDeath(listener: (death: PostmasterDeath) => void): () => void {
    this.deathListeners.add(listener);
    return () => this.deathListeners.delete(listener);
  }

  /** Undefined while it is not started. */
  describe(): EmbeddedPostgresDescription | undefined {
    if (!this.running) return undefined;
    const { location, port, adopted, watch } = this.running;
    const { binaries, cluster, logFile, user } = location;
    return {
      version: binaries.version,
      binaries: binaries.folder,
      cluster,
      logFile,
      ...(user && { user: user.name }),
      pid: watch.pid,
      port,
      adopted,
    };
  }

  private async open(dataDir: string): Promise<Running> {
    const lock = new ServerLock(dataDir, (line) => this.log(line));
    try {
      await lock.takeIfFree();
      return await this.openUnder(lock, dataDir);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private async openUnder(lock: ServerLock, dataDir: string): Promise<Running> {
    await sweepAbandonedHomes(async (cluster) => (await findServerProcesses(cluster)).length > 0);
    const location = await locateCluster(dataDir, (line) => this.log(line));
    const log = new ServerLog(location.logFile);
    const address = (port: number, database: string) =>
      `postgresql://${DATABASE_ROLE}:${location.password}@127.0.0.1:${port}/${database}`;
    const made = await createClusterIfMissing(location);
    const adopted = made
      ? undefined
      : await adoptPostmaster(
          location,
          (port) => address(port, 'postgres'),
          (line) => this.log(line),
        );
    if (!adopted) await refuseIfOwned(dataDir);
    if (location.passwordIsNew && !adopted) {
      await lock.take();
      await resetPassword(location);
    }
    const server = adopted ?? (await launchPostmaster(location, log, lock, { settings: this.options.settings }));
    const url = await createDatabase(address(server.port, 'postgres'), DATABASE);
    return {
      location,
      lock,
      log,
      url,
      port: server.port,
      adopted: adopted !== undefined,
      watch: new PostmasterWatch(server.pid, location.cluster),
    };
  }

  private watch(running: Running): void {
    running.watch.onEnd(() => void this.inTurn(() => this.revive(running)));
  }

  /**
   * Restarts a server that died, soon at first. What keeps it from running may need a person, as a full disk does: from
   * then on it is tried until it runs.
   */
  private async revive(running: Running): Promise<void> {
    const { short, long } = this.options.pauses ?? { short: SHORT_PAUSE_MS, long: LONG_PAUSE_MS };
    const now = Date.now();
    this.deaths.push(now);
    const recent = this.deaths.filter((at) => at > now - DEATH_WINDOW_MS).length;
    let error: DomainError | undefined = new DomainError(
      'database_unavailable',
      `The embedded database died ${recent} times within ${DEATH_WINDOW_MS / 60_000} minutes; see ${running.log.file}.`,
    );
    for (let attempt = recent; attempt <= MOST_DEATHS && !this.stopped; attempt += 1) {
      this.log(`the embedded database died; restarting it (${attempt} of ${MOST_DEATHS})`);
      error = await this.relaunch(running);
      if (!error) return this.tell({ recovered: true });
      await this.pause(short * attempt);
    }
    if (this.stopped) return;
    this.tell({ recovered: false, error });
    while (error && !this.stopped) {
      await this.pause(long);
      if (!this.stopped) error = await this.relaunch(running);
    }
    if (!error) this.tell({ recovered: true });
  }

  /** One try, at the port its clients know. @returns why it failed */
  private async relaunch(running: Running): Promise<DomainError | undefined> {
    const { location, lock, log, port } = running;
    try {
      const server = await this.locked(location.dataDir, () =>
        launchPostmaster(location, log, lock, { port, settings: this.options.settings }),
      );
      running.watch = new PostmasterWatch(server.pid, location.cluster);
      this.watch(running);
      return undefined;
    } catch (failure) {
      return DomainError.from(failure, 'database_failed_to_start');
    }
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Ends early when the server is to be stopped. Does not keep a process alive. */
  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }

  private tell(death: PostmasterDeath): void {
    this.log(
      death.recovered
        ? 'the embedded database runs again'
        : `the embedded database does not run, and is tried again from time to time: ${death.error.message}`,
    );
    for (const listener of this.deathListeners) listener(death);
  }

  private log(line: string): void {
    this.options.onLog?.(line);
  }

  /** Starting, stopping and restarting one after the other within this process. */
  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.busy.then(task);
    this.busy = turn.catch(() => undefined);
    return turn;
  }

  /** And between processes; failures of the file system become errors about the data folder. */
  private async locked<T>(dataDir: string, task: () => Promise<T>, options?: StartLockOptions): Promise<T> {
    try {
      return await withStartLock(path.join(dataDir, 'postgres.lock'), task, options);
    } catch (error) {
      throw isFileError(error) ? unusable(dataDir, error) : DomainError.from(error, 'database_failed_to_start');
    }
  }
}
