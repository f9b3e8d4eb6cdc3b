import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { CatalogueFixture } from '../testing/catalogue-fixture.js';
import { readContents } from './read-contents.js';

let catalogue: CatalogueFixture;
beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
});
afterAll(() => catalogue.drop());

it('leaves out tables that somebody else made and keeps to himself, and says so', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  onTestFinished(() => warn.mockRestore());
  const role = `likeness_reader_${process.pid}`;
  const [all, readable] = await catalogue.database.withConnection(async (client) => {
    await client.query(`CREATE ROLE ${role}`);
    try {
      await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
      const before = await readContents(client);
      await client.query('CREATE TABLE foreign_secrets (id serial, t text)');
      await client.query(`INSERT INTO foreign_secrets (t) VALUES ('not for everybody')`);
      await client.query(`SET ROLE ${role}`);
      return [before, await readContents(client)];
    } finally {
      await client.query('RESET ROLE');
      await client.query(`DROP OWNED BY ${role}`);
      await client.query(`DROP ROLE ${role}`);
    }
  });
  expect(readable.tables).toEqual(all.tables);
  expect(readable.sequences.map(({ name }) => name)).not.toContain('foreign_secrets_id_seq');
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('foreign_secrets'));
});
