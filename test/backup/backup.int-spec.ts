import 'reflect-metadata';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { restoreArchive } from '#apps/composition';
import { readArchive, type Compression } from '#libs/archive';
import { loadSettings } from '#libs/config';
import {
  BackUp,
  checkArchive,
  FindSimilar,
  GarbageCollector,
  ImageLibrary,
  ImportImages,
  ListImages,
  VerifyIndex,
} from '#libs/search';
import { createTestDatabase, drawScene, galleryCategories, type TestDatabase } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceFixture } from '../service/service-fixture.js';

const SIZE = { width: 96, height: 96 };
const FEW = 12;

let source: ServiceFixture;
let photos: string;
let referenced: string;
let archive: string;
let database: TestDatabase;

beforeAll(async () => {
  source = await ServiceFixture.create();
  database = await createTestDatabase();
  await source.start();
  photos = path.join(source.folder, 'photos');
  referenced = path.join(source.folder, 'referenced');
  for (const folder of [photos, referenced]) await mkdir(folder);
  for (let i = 0; i < FEW; i++) {
    const category = galleryCategories[i % galleryCategories.length] ?? galleryCategories[0];
    if (category !== undefined) await writeFile(path.join(photos, `${i}.jpg`), await drawScene(category, i, SIZE));
  }
  const [category] = galleryCategories;
  if (category !== undefined) await writeFile(path.join(referenced, 'far.jpg'), await drawScene(category, 99, SIZE));
  await source.import({ path: photos, collection: 'holidays' });
  await source.import({ path: referenced, reference: true });
  await mkdir(path.join(source.dataDir, 'models', 'mine'), { recursive: true });
  await writeFile(path.join(source.dataDir, 'models', 'mine', 'labels.txt'), 'a\nb\n');
  for (const unfinished of [path.join('.downloads', 'vgg16'), `.importing-${process.pid}-a1b2c3`]) {
    await mkdir(path.join(source.dataDir, 'models', unfinished), { recursive: true });
    await writeFile(path.join(source.dataDir, 'models', unfinished, 'model.onnx'), 'weights');
  }
  archive = path.join(source.folder, 'backup.tar.gz');
  await save(archive);
});

afterAll(async () => {
  await source.drop();
  await database.drop();
});

async function save(file: string, compression: Compression = 'gzip'): Promise<void> {
  await pipeline(source.get(BackUp).stream(compression), createWriteStream(file));
}

/** Settings of an empty data folder on a database of this test. */
const target = (name: string, url = database.url) =>
  loadSettings({
    LIKENESS_DATA_DIR: path.resolve(source.folder, name),
    DATABASE_URL: url,
    LIKENESS_DATABASE_POOL: '5',
  });

async function answers(fixture: ServiceFixture): Promise<object[]> {
  const { images } = await fixture.get(ListImages).list({ limit: 100 });
  const all = [];
  for (const { id } of images) {
    const { hits } = await fixture.get(FindSimilar).byId(id, { k: 5, exact: true });
    all.push({ id, hits: hits.map((hit) => ({ id: hit.id, score: hit.score, collections: hit.image.collections })) });
  }
  return all;
}

describe('an archive', () => {
  it('holds every table there is', async () => {
    const { catalogue } = await checkArchive(archive);
    const tables = await source.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration' ORDER BY 1`,
    );
    expect(catalogue.tables.map(({ name }) => name)).toEqual(tables.map(({ name }) => name));
    expect(catalogue.originals).toMatchObject({ count: FEW, references: 1 });
  });

  it('holds imported models, and nothing that is being downloaded or imported', async () => {
    const files: string[] = [];
    await readArchive(createReadStream(archive), ({ name }) => {
      if (name.startsWith('files/')) files.push(name);
      return Promise.resolve();
    });
    expect(files).toContain('files/models/mine/labels.txt');
    expect(files.filter((name) => name.startsWith('files/models/.'))).toEqual([]);
  });

  it('is refused by a folder or a database that holds something, naming it', async () => {
    await mkdir(path.join(source.folder, 'taken'));
    await writeFile(path.join(source.folder, 'taken', 'somebody.txt'), 'x');
    await expect(restoreArchive(target('taken'), archive)).rejects.toMatchObject({
      code: 'restore_target_not_empty',
      message: expect.stringContaining('somebody.txt') as string,
    });
    const url = (await source.query<{ url: string }>('SELECT current_database() AS url'))[0]?.url ?? '';
    const inUse = target('empty', database.url.replace(/[^/]+$/, url));
    await expect(restoreArchive(inUse, archive)).rejects.toMatchObject({ code: 'restore_target_not_empty' });
  });

  it('is refused before anything is touched when it is damaged, cut short or newer', async () => {
    const bytes = await readFile(archive);
    const cut = path.join(source.folder, 'cut.tar.gz');
    await writeFile(cut, bytes.subarray(0, bytes.length - 200));
    await expect(restoreArchive(target('cut'), cut)).rejects.toMatchObject({ code: 'archive_corrupt' });

    const plain = path.join(source.folder, 'plain.tar');
    await save(plain, 'none');
    const tar = await readFile(plain);
    const original = tar.indexOf('originals/');
    tar[original + 2000] = (tar[original + 2000] ?? 0) ^ 1;
    await writeFile(plain, tar);
    await expect(restoreArchive(target('damaged'), plain)).rejects.toMatchObject({ code: 'archive_corrupt' });

    await source.query(`INSERT INTO migration (timestamp, name) VALUES (9999999999999, 'AddLater9999999999999')`);
    const newer = path.join(source.folder, 'newer.tar');
    await save(newer, 'none');
    await source.query(`DELETE FROM migration WHERE timestamp = 9999999999999`);
    await expect(restoreArchive(target('newer'), newer)).rejects.toMatchObject({
      code: 'archive_newer',
      message: expect.stringContaining('AddLater') as string,
    });
    for (const name of ['cut', 'damaged', 'newer']) {
      await expect(readFile(path.join(source.folder, name, 'folder-id'))).rejects.toThrow('ENOENT');
    }
  });

  it('keeps its moment while images come and go', async () => {
    const fixture = await ServiceFixture.create();
    try {
      await fixture.start();
      const more = path.join(fixture.folder, 'more');
      await mkdir(more);
      for (let i = 0; i < 30; i++) {
        const category = galleryCategories[i % galleryCategories.length] ?? galleryCategories[0];
        if (category !== undefined)
          await writeFile(path.join(more, `${i}.jpg`), await drawScene(category, 1000 + i, SIZE));
      }
      const imports = fixture.get(ImportImages);
      const { id } = await imports.start({ path: more });
      for await (const { done } of imports.watch(id)) if (done >= 5) break;
      const file = path.join(fixture.folder, 'moment.tar.gz');
      const saving = pipeline(fixture.get(BackUp).stream('gzip'), createWriteStream(file));
      const { images } = await fixture.get(ListImages).list({ limit: 3 });
      await fixture.get(ImageLibrary).delete(images.map((image) => image.id));
      fixture.get(GarbageCollector).collectSoon();
      await saving;
      await ended(imports, id);
      await fixture.stop();

      const restored = await createTestDatabase();
      const dataDir = path.join(fixture.folder, 'restored');
      await restoreArchive(target(dataDir, restored.url), file);
      await fixture.start({ LIKENESS_DATA_DIR: dataDir, DATABASE_URL: restored.url });
      await ended(fixture.get(ImportImages), id); // goes on where the archive has it
      const report = await fixture.get(VerifyIndex).verify({ deep: true });
      expect(report.checks.filter((check) => !check.ok)).toEqual([]);
      await fixture.stop();
      await restored.drop();
    } finally {
      await fixture.drop();
    }
  });
});

describe('a restored service', () => {
  let before: object[];
  let epoch: string;

  beforeAll(async () => {
    before = await answers(source);
    epoch = await epochOf(source);
    await source.stop();
  });

  it('gives the same answers and verifies clean, under a new epoch', async () => {
    const dataDir = path.join(source.folder, 'restored');
    const report = await restoreArchive(target('restored'), archive);
    expect(report).toMatchObject({ originals: FEW, references: 1 });
    // The encoder in use is in it, so that the archive can be searched where another one is bundled.
    expect(await readdir(path.join(dataDir, 'models'))).toEqual([loadSettings({}).encoder.name, 'mine']);
    await source.start({ LIKENESS_DATA_DIR: dataDir, DATABASE_URL: database.url });
    expect(await answers(source)).toEqual(before);
    expect(await epochOf(source)).not.toBe(epoch);
    const verified = await source.get(VerifyIndex).verify({ deep: true });
    expect(verified.checks.filter((check) => !check.ok)).toEqual([]);
    expect(await readFile(path.join(dataDir, 'models', 'mine', 'labels.txt'), 'utf8')).toBe('a\nb\n');
  });

  it('gives out no id twice', async () => {
    const known = (await source.get(ListImages).list({ limit: 100 })).images.map((image) => image.id);
    const more = path.join(source.folder, 'more');
    await mkdir(more);
    const [category] = galleryCategories;
    if (category !== undefined) await writeFile(path.join(more, 'new.jpg'), await drawScene(category, 4711, SIZE));
    const { items } = await source.import({ path: more });
    expect(items[0]).toMatchObject({ outcome: 'added' });
    expect(items[0]?.imageId).toBeGreaterThan(Math.max(...known));
  });

  it('is not started where the restore was interrupted, and the next restore begins anew', async () => {
    await source.stop();
    const interrupted = await createTestDatabase();
    const dataDir = path.join(source.folder, 'interrupted');
    await restoreArchive(target('interrupted', interrupted.url), archive);
    await source.start({ LIKENESS_DATA_DIR: dataDir, DATABASE_URL: interrupted.url });
    // What a restore that was killed before its last transaction leaves.
    await source.query('CREATE TABLE restore_in_progress (since timestamptz NOT NULL DEFAULT now())');
    await source.stop();
    await expect(source.start({ LIKENESS_DATA_DIR: dataDir, DATABASE_URL: interrupted.url })).rejects.toMatchObject({
      code: 'restore_incomplete',
    });
    await rm(dataDir, { recursive: true });
    await expect(restoreArchive(target('interrupted', interrupted.url), archive)).resolves.toMatchObject({
      originals: FEW,
    });
    await interrupted.drop();
  });
});

async function epochOf(fixture: ServiceFixture): Promise<string> {
  const rows = await fixture.query<{ epoch: string }>('SELECT epoch FROM catalogue');
  return rows[0]?.epoch ?? '';
}

/** Waits for the end of an import. */
async function ended(imports: ImportImages, id: number): Promise<void> {
  const progress = imports.watch(id)[Symbol.asyncIterator]();
  while ((await progress.next()).done !== true);
}
