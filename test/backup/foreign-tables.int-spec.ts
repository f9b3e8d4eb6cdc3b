import 'reflect-metadata';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { restoreArchive } from '#apps/composition';
import { FileBlobStore, FileWriter, PostgresCatalogueArchive } from '#libs/catalogue';
import { loadSettings } from '#libs/config';
import { BackUp } from '#libs/search';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { arrival, CatalogueFixture, hashOf } from '../../libs/catalogue/src/postgres/testing/catalogue-fixture.js';

let databases: { source: TestDatabase; target: TestDatabase };
let source: CatalogueFixture;
let folder: string;
beforeAll(async () => {
  databases = { source: await createTestDatabase(), target: await createTestDatabase() };
  source = await CatalogueFixture.open(databases.source);
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-foreign-'));
});
afterAll(async () => {
  await source.drop();
  await databases.target.drop();
  await rm(folder, { recursive: true, force: true });
});

const settingsOf = (name: 'source' | 'target') =>
  loadSettings({ LIKENESS_DATA_DIR: path.join(folder, name), DATABASE_URL: databases[name].url });

/** Columns of every table. */
const schemaOf = ({ database }: CatalogueFixture) =>
  database.query<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
     WHERE table_schema = 'public' ORDER BY 1, 2`,
  );

it('a restore passes over tables and columns that somebody else made in the schema, and names them', async () => {
  const schema = await schemaOf(source);
  const stored = [await source.storeOne(arrival('a picture')), await source.storeOne(arrival('another'))];
  const settings = settingsOf('source');
  const blobs = new FileBlobStore(path.join(settings.data.filesDir, 'blobs'), new FileWriter());
  for (const content of ['a picture', 'another']) await blobs.put(hashOf(content), Buffer.from(content));
  await source.database.query('CREATE TABLE foreign_notes (id serial PRIMARY KEY, t text)');
  await source.database.query(
    `INSERT INTO foreign_notes (t) SELECT repeat('a note ', 100) FROM generate_series(1, 5000)`,
  );
  await source.database.query('ALTER TABLE image ADD COLUMN note text, ADD COLUMN "Rating" numeric DEFAULT 3.5');
  await source.database.query(`UPDATE image SET note = 'mine' WHERE id = $1`, [stored[0]?.id]);
  const images = () => source.reader.findByIds(stored.map(({ id }) => id));

  const archive = path.join(folder, 'backup.tar');
  const backup = new BackUp(new PostgresCatalogueArchive(source.database), blobs, settings);
  await pipeline(backup.stream('none'), createWriteStream(archive));
  const report = await restoreArchive(settingsOf('target'), archive);
  expect(report).toMatchObject({ originals: 2, passedOver: ['foreign_notes', 'image.note', 'image.Rating'] });

  const restored = await CatalogueFixture.open(databases.target.url);
  try {
    expect(await schemaOf(restored)).toEqual(schema);
    const ids = stored.map(({ id }) => id);
    expect(await restored.reader.findByIds(ids)).toEqual(await images());
    expect(await restored.reader.embeddingsOf(restored.space, ids)).toEqual(
      await source.reader.embeddingsOf(source.space, ids),
    );
    const next = await restored.storeOne(arrival('after it'));
    expect(next.id).toBeGreaterThan(Math.max(...ids));
  } finally {
    await restored.close();
  }
});
