import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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

  /** Throws when the first connection cannot be made. */
  async open(url: string): Promise<void> {
    this.closed = false;
    await this.connect(url);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.closed = true;
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private wake(): void {
    for (const listener of this.listeners) listener();
  }

  private async connect(url: string): Promise<void> {
    const client = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'likeness session' });
    let lost = false;
    client.on('error', () => undefined); // 'end' follows, and that is where it is mended
    client.on('notification', () => this.wake());
    client.once('end', () => {
      lost = true;
      // Only a connection that stood is made again from here; a failed attempt ends as well, and its caller tries on.
      if (this.client === client) void this.reconnect(url);
    });
    try {
      await client.connect();
      await client.query('SELECT pg_advisory_lock($1, $2)', [LOCKS.importOwner, this.owner]);
      await client.query(`LISTEN ${CHANGE_CHANNEL}`);
      if (lost) throw new Error('Connection terminated while it was set up');
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    if (this.closed) return client.end();
    this.client = client;
    this.wake();
  }

  private async reconnect(url: string): Promise<void> {
    this.client = undefined;
    for (let there = false; !there && !this.closed;) {
      await sleep(RECONNECT_MS, undefined, { ref: false });
      if (this.closed) return;
      there = await this.connect(url).then(
        () => true,
        () => false,
      );
    }
  }
}
