import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { FolderOwnership, otherOwner } from './folder-ownership.js';

/** Of a data folder whose key is negative as PostgreSQL takes it, and large as PostgreSQL shows it. */
const FOLDER_ID = 'fffffffe00000000';
/** Process ids that no process has. */
const [ONE, ANOTHER] = [5_000_001, 5_000_002];

interface Lock {
  readonly pid: number;
  readonly name: string;
  readonly classid: number;
  readonly objid: number;
}

let database: TestDatabase;
let elsewhere: TestDatabase;
let dataDir: string;
let admin: Client;
let lost: Error[];
let ownership: FolderOwnership;
const sessions: Client[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  elsewhere = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  await elsewhere.drop();
});

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'likeness-owned-'));
  await writeFile(path.join(dataDir, 'folder-id'), FOLDER_ID);
  admin = await session('test');
  lost = [];
  ownership = new FolderOwnership({ dataDir, url: database.url, onLost: (error) => lost.push(error) });
  await ownership.acquire();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await ownership.release();
  for (const client of sessions.splice(0)) await client.end();
  await rm(dataDir, { recursive: true, force: true });
});

/** A connection such as another process has. */
async function session(name: string, url = database.url): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: name });
  await client.connect();
  sessions.push(client);
  return client;
}

/** A connection by which process `pid` owns a data folder. */
async function owner(pid: number, { classid }: Lock, key: number, url?: string): Promise<void> {
  const client = await session(`likeness-owner-${pid}`, url);
  await client.query('SELECT pg_advisory_lock($1, $2)', [classid, key | 0]);
}

async function locks(granted: boolean): Promise<Lock[]> {
  const { rows } = await admin.query<Lock>(
    `SELECT pid, application_name AS name, classid, objid FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE locktype = 'advisory' AND objsubid = 2 AND datname = current_database() AND granted = $1`,
    [granted],
  );
  return rows;
}

async function lockOfFolder(): Promise<Lock> {
  const [lock] = await locks(true);
  if (!lock) throw new Error('nobody holds the lock');
  return lock;
}

/** Ends the owner's session on the server, and gives its lock to another one, which has waited for it. */
async function takeOver(rival: Client, { pid, classid, objid }: Lock): Promise<void> {
  const taken = rival.query('SELECT pg_advisory_lock($1, $2)', [classid, objid | 0]);
  await expect.poll(() => locks(false), { timeout: 20_000 }).toHaveLength(1);
  await admin.query('SELECT pg_terminate_backend($1)', [pid]);
  await taken;
}

describe('ownership of a data folder', () => {
  it('is not lost to a process that owns another one, and comes back when the lock is free', async () => {
    const lock = await lockOfFolder();
    await owner(ONE, lock, lock.objid - 1);
    await owner(ANOTHER, lock, lock.objid, elsewhere.url);
    const queries = vi.spyOn(Client.prototype, 'query');
    const tries = () => queries.mock.calls.filter(([text]) => String(text).includes('pg_try_advisory_lock')).length;
    const rival = await session('an unnoticed session of our own');
    await takeOver(rival, lock);
    // At the second try the answer to the first is known: nobody owns the folder, so it is tried again.
    const before = tries();
    await expect.poll(() => lost.length > 0 || tries() >= before + 2, { timeout: 20_000 }).toBe(true);
    expect(lost).toEqual([]);

    sessions.splice(sessions.indexOf(rival), 1);
    await rival.end();
    await expect
      .poll(() => locks(true), { timeout: 20_000 })
      .toContainEqual({ ...lock, pid: expect.any(Number) as number });
    expect(lost).toEqual([]);
  });

  it('is lost to a process that has taken it meanwhile', async () => {
    const rival = await session(`likeness-owner-${ONE}`);
    await takeOver(rival, await lockOfFolder());
    await expect.poll(() => lost, { timeout: 20_000 }).toMatchObject([{ code: 'data_folder_in_use' }]);
  });

  it('is told of each folder alone', async () => {
    const lock = await lockOfFolder();
    const keys = [lock.objid - 1, lock.objid - 2] as const;
    await owner(ONE, lock, keys[0]);
    await owner(ANOTHER, lock, keys[1]);
    expect(await otherOwner(database.url, keys[0])).toBe(ONE);
    expect(await otherOwner(database.url, keys[1] | 0)).toBe(ANOTHER);
    expect(await otherOwner(database.url, lock.objid)).toBeUndefined();
    expect(await otherOwner(elsewhere.url)).toBeUndefined();
    expect([ONE, ANOTHER]).toContain(await otherOwner(database.url));
  });
});
