import 'reflect-metadata';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { restoreArchive } from '#apps/composition';
import { FileBlobStore, FileWriter, PostgresCatalogueArchive, PostgresDatabase } from '#libs/catalogue';
import { loadSettings } from '#libs/config';
import { BackUp, checkArchive, FindSimilar, ListImages, VerifyIndex } from '#libs/search';
import { createTestDatabase, drawScene, galleryCategories, type TestDatabase } from '#libs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDataSource } from '../../libs/catalogue/src/postgres/data-source.js';
import { ServiceFixture } from '../service/service-fixture.js';

const FEW = 6;
/** What the first version had been through. */
const FIRST = ['CreateCatalogue1763700000000', 'LogRecordChanges1763720000000'];

let service: ServiceFixture;
let database: TestDatabase;
let restored: TestDatabase;
beforeAll(async () => {
  service = await ServiceFixture.create();
  database = await createTestDatabase();
  restored = await createTestDatabase();
});
afterAll(async () => {
  await service.drop();
  await database.drop();
  await restored.drop();
});

const settingsOf = (dataDir: string, url: string) => ({ LIKENESS_DATA_DIR: dataDir, DATABASE_URL: url });

type Work<T> = Parameters<PostgresDatabase['withConnection']>[0] & ((client: never) => Promise<T>);

/** A catalogue as an older version left it: nothing is migrated by looking at it. */
class OlderCatalogue extends PostgresDatabase {
  constructor(private readonly older: ReturnType<typeof createDataSource>) {
    super();
  }

  override async withConnection<T>(work: Work<T>): Promise<T> {
    const runner = this.older.createQueryRunner();
    try {
      return (await work(await runner.connect())) as T;
    } finally {
      await runner.release();
    }
  }
}

async function answers(): Promise<object[]> {
  const { images } = await service.get(ListImages).list({ limit: 100 });
  return Promise.all(
    images.map(async ({ id }) => {
      const { hits } = await service.get(FindSimilar).byId(id, { k: FEW, exact: true });
      return { id, hits: hits.map(({ id: hit, score, image }) => ({ hit, score, collections: image.collections })) };
    }),
  );
}

/** Takes the schema back to the first version's, and saves that. */
async function saveAsOfFirst(dataDir: string, file: string): Promise<void> {
  const older = createDataSource(database.url, 2);
  await older.initialize();
  const applied = async (): Promise<string[]> =>
    (await older.query<{ name: string }[]>('SELECT name FROM migration ORDER BY id')).map(({ name }) => name);
  while ((await applied()).length > FIRST.length) await older.undoLastMigration();
  expect(await applied()).toEqual(FIRST);
  const blobs = new FileBlobStore(path.join(dataDir, 'blobs'), new FileWriter());
  const archive = new PostgresCatalogueArchive(new OlderCatalogue(older));
  const backup = new BackUp(archive, blobs, loadSettings(settingsOf(dataDir, database.url)));
  await pipeline(backup.stream('gzip'), createWriteStream(file));
  await older.destroy();
}

it('an archive of the first version is migrated as it is restored, and answers as it did', async () => {
  const dataDir = path.join(service.folder, 'first');
  await service.start(settingsOf(dataDir, database.url));
  const photos = path.join(service.folder, 'photos');
  await mkdir(photos);
  for (const [at, category] of galleryCategories.slice(0, FEW).entries()) {
    await writeFile(path.join(photos, `${at}.jpg`), await drawScene(category, at, { width: 96, height: 96 }));
  }
  await service.import({ path: photos, collection: 'holidays' });
  const before = await answers();
  await service.stop();

  const file = path.join(service.folder, 'first.tar.gz');
  await saveAsOfFirst(dataDir, file);
  const { catalogue } = await checkArchive(file);
  expect(catalogue.migrations).toEqual(FIRST);
  expect(catalogue.tables.map(({ name }) => name)).not.toContain('space');

  const target = path.join(service.folder, 'restored');
  await restoreArchive(loadSettings(settingsOf(target, restored.url)), file);
  await service.start(settingsOf(target, restored.url));
  expect(await answers()).toEqual(before);
  const report = await service.get(VerifyIndex).verify({ deep: true });
  expect(report.checks.filter((check) => !check.ok)).toEqual([]);
}, 120_000);
