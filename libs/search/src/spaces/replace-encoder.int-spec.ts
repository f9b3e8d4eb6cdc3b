import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresDatabase, PostgresEncoders, PostgresReindexes, PostgresSpaces } from '#libs/catalogue';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { ReplaceEncoder } from './replace-encoder.js';

let server: TestDatabase;
const database = new PostgresDatabase();
const spaces = new PostgresSpaces(database);
const reindexes = new PostgresReindexes(database);

beforeAll(async () => {
  server = await createTestDatabase();
  await database.connect(server.url, 4);
});
afterAll(async () => {
  await database.disconnect();
  await server.drop();
});

async function spaceOf(name: string, fingerprint: string) {
  const encoderId = await new PostgresEncoders(database).register({ name, fingerprint, manifest: { name } });
  return { encoderId, tap: 'penultimate', dimension: 8 };
}

it('two processes that start at once note one change, and both go on', async () => {
  const from = await spaceOf('old', 'ab'.repeat(32));
  const to = await spaceOf('new', 'cd'.repeat(32));
  await spaces.want('active', [from]);
  await spaces.activate(from, null);
  await Promise.all([1, 2].map(() => new ReplaceEncoder(spaces, reindexes).replace(from, to)));
  expect(await spaces.state()).toMatchObject({
    active: { encoderId: to.encoderId },
    previous: { encoderId: from.encoderId },
  });
  expect(await database.query('SELECT status, encoder_id AS "encoderId" FROM reindex')).toEqual([
    { status: 'running', encoderId: to.encoderId },
  ]);
});
