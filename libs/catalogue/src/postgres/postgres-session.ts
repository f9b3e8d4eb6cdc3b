import { randomInt } from 'node:crypto';
import pg from 'pg';
import { CHANGE_CHANNEL } from './append-changes.js';
import { LOCKS } from './locks.js';

const RECONNECT_MS = 500;

/**
 * One connection of its own that lives as long as the process: it holds the advisory lock by which others see that the
 * process is alive, and hears of changes. Lost connections are made again.
 */
export class PostgresSession {
  /** Stands for this process in leases. */
  readonly owner = randomInt(1, 2 ** 31 - 1);
  private client?: pg.Client;
  private closed = false;
  private readonly listeners = new Set<() => void>();

  async open(url: string): Promise<void> {
    const client = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'likeness session' });
    client.on('error', () => undefined); // 'end' follows, and that is where it is mended
    client.on('notification', () => this.wake());
    client.on('end', () => this.reopenLater(url));
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1, $2)', [LOCKS.importOwner, this.owner]);
    await client.query(`LISTEN ${CHANGE_CHANNEL}`);
    this.client = client;
    this.wake();
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.client?.end().catch(() => undefined);
  }

  private wake(): void {
    for (const listener of this.listeners) listener();
  }

  private reopenLater(url: string): void {
    if (this.closed) return;
    setTimeout(() => {
      if (!this.closed) this.open(url).catch(() => this.reopenLater(url));
    }, RECONNECT_MS).unref();
  }
}
