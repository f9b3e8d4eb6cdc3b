import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './test-database.js';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

describe('createTestDatabase', () => {
  let first: TestDatabase;
  let second: TestDatabase;
  beforeAll(async () => {
    [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  });
  afterAll(async () => {
    await Promise.all([first.drop(), second.drop()]);
  });

  it('keeps databases apart', async () => {
    await query(first.url, 'CREATE TABLE only_here (id int)');
    await expect(query(second.url, 'SELECT * FROM only_here')).rejects.toMatchObject({ code: '42P01' });
  });

  it('drops a database that still has connections, and only that one', async () => {
    const third = await createTestDatabase();
    const open = new Client({ connectionString: third.url });
    const closed = new Promise((resolve) => open.once('end', resolve));
    open.on('error', () => undefined);
    await open.connect();
    await third.drop();
    await closed;
    await expect(query(third.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
    expect(await query(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
