import { Client } from 'pg';

const CONNECT_TIMEOUT_MS = 10_000;

/** Runs `task` with one connection of its own. */
export async function withConnection<T>(url: string, task: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'likeness-admin',
  });
  // Without a listener a connection that breaks would end the process; the query that waits rejects all the same.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await task(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The address of another database of the same server. */
export function withDatabase(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${encodeURIComponent(database)}`;
  return parsed.toString();
}

/**
 * Makes a database unless it is there.
 *
 * @param serverUrl address of any database of the server
 * @returns address of the new one
 */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await withConnection(serverUrl, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  });
  return withDatabase(serverUrl, name);
}

/** Drops a database together with the connections to it; nothing happens when there is none. */
export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await withConnection(serverUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
  });
}
