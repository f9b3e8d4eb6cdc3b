import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { PostgresDatabase } from './postgres-database.js';

const POOL_SIZE = 3;

let server: TestDatabase;
const database = new PostgresDatabase();
beforeAll(async () => {
  server = await createTestDatabase();
  await database.connect(server.url, POOL_SIZE);
});
afterEach(() => void vi.useRealTimers());
afterAll(async () => {
  await database.disconnect();
  await server.drop();
});

describe('a pool of which every connection is lent', () => {
  it('makes who wants one more wait, and then says that the database is not there', async () => {
    let giveBack = (): void => undefined;
    const wanted = new Promise<void>((resolve) => (giveBack = resolve));
    let lent = 0;
    let allLent = (): void => undefined;
    const full = new Promise<void>((resolve) => (allLent = resolve));
    const holders = Array.from({ length: POOL_SIZE }, () =>
      database.withConnection(async () => {
        if (++lent === POOL_SIZE) allLent();
        await wanted;
      }),
    );
    await full;

    // The pool gives up after ten seconds, which nobody here need sit through.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const refused = database.query('SELECT 1').catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await refused).toMatchObject({ code: 'database_unavailable' });
    vi.useRealTimers();

    giveBack();
    await Promise.all(holders);
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
