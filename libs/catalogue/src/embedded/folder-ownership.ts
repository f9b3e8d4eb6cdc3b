import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { withConnection } from './database-admin.js';
import { folderId, prepareDataFolder } from './data-folder.js';
import { inUse, readServiceFile, removeServiceFile, writeServiceFile } from './service-file.js';

/** First half of the advisory lock's key (the letters "Like"); the second half is the data folder. */
const LOCK_CLASS = 0x4c696b65;
const APPLICATION = 'likeness-owner-';
/** After a kill -9 the server may take a moment to notice that the session before has ended. */
const PATIENCE_MS = 5_000;
const RETRY_MS = 100;
const RECONNECT_MS = 250;

export interface FolderOwnershipOptions {
  readonly dataDir: string;
  /** Address of the database that goes with the data folder. */
  readonly url: string;
  /** Called when the lock was lost with its connection and another process has taken it since: end the service. */
  readonly onLost?: (error: Error) => void;
}

/**
 * One process owns a data folder: the one whose database session holds this advisory lock. The session ends with the
 * process however it ends, so nothing stale can be left; `service.json` only says who the owner is.
 */
export class FolderOwnership {
  private client?: Client;
  private released = true;
  private key = 0;
  private dataDir: string;
  private serviceUrl?: string;

  constructor(private readonly options: FolderOwnershipOptions) {
    this.dataDir = options.dataDir;
  }

  /**
   * Takes the lock and keeps it, over restarts of the database too, until `release`.
   *
   * @throws DomainError `data_folder_in_use`, naming the owner
   */
  async acquire(): Promise<void> {
    this.dataDir = await prepareDataFolder(this.options.dataDir);
    this.key = Number.parseInt((await folderId(this.dataDir)).slice(0, 8), 16) | 0;
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await this.tryLock())) {
      const owner = await readServiceFile(this.dataDir);
      if (owner || Date.now() > deadline) throw inUse(this.dataDir, owner ?? { pid: await this.otherOwner() });
      await sleep(RETRY_MS);
    }
    this.released = false;
    await writeServiceFile(this.dataDir);
  }

  /** Tells others where the service listens. */
  async announce(serviceUrl: string): Promise<void> {
    this.serviceUrl = serviceUrl;
    await writeServiceFile(this.dataDir, serviceUrl);
  }

  /** Gives the folder free. Safe to repeat. */
  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    await removeServiceFile(this.dataDir);
    await this.client?.end().catch(() => undefined);
    this.client = undefined;
  }

  private async tryLock(): Promise<boolean> {
    const client = new Client({
      connectionString: this.options.url,
      application_name: `${APPLICATION}${process.pid}`,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    });
    let broken = false;
    client.on('error', () => (broken = true));
    try {
      await client.connect();
      const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS taken', [
        LOCK_CLASS,
        this.key,
      ]);
      if (rows[0]?.taken === true && !broken) {
        this.client = client;
        client.once('end', () => void this.regain());
        return true;
      }
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    await client.end().catch(() => undefined);
    return false;
  }

  /** After the connection broke: the lock went with it; take it again as soon as the database is back. */
  private async regain(): Promise<void> {
    while (!this.released) {
      const taken = await this.tryLock().catch(() => undefined);
      if (taken === true) {
        if (this.released) await this.client?.end().catch(() => undefined);
        else await writeServiceFile(this.dataDir, this.serviceUrl).catch(() => undefined);
        return;
      }
      if (taken === false) {
        const owner = await this.otherOwner();
        // Without an owner by name it is our own broken session, which the server has not noticed yet.
        if (owner !== undefined) {
          this.released = true;
          this.options.onLost?.(inUse(this.dataDir, (await readServiceFile(this.dataDir)) ?? { pid: owner }));
          return;
        }
      }
      await sleep(RECONNECT_MS);
    }
  }

  private otherOwner(): Promise<number | undefined> {
    return otherOwner(this.options.url, this.key).catch(() => undefined);
  }
}

/**
 * The pid of a process other than this one that owns a folder whose database this is; undefined when there is none.
 *
 * @param key of the one folder that is asked about; any folder when left out
 */
export async function otherOwner(url: string, key?: number): Promise<number | undefined> {
  const rows = await withConnection(url, async (client) => {
    const answer = await client.query<{ name: string }>(
      `SELECT activity.application_name AS name
         FROM pg_locks AS lock JOIN pg_stat_activity AS activity ON activity.pid = lock.pid
        WHERE lock.locktype = 'advisory' AND lock.classid = $1 AND lock.objsubid = 2 AND lock.granted
          AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND ($2::oid IS NULL OR lock.objid = $2)`,
      // The lock is taken by a signed key and listed by the same bits without a sign.
      [LOCK_CLASS, key === undefined ? null : key >>> 0],
    );
    return answer.rows;
  });
  const pids = rows.map((row) => Number(row.name.slice(APPLICATION.length)));
  return pids.find((pid) => Number.isSafeInteger(pid) && pid !== process.pid);
}
