import 'reflect-metadata';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileBlobStore, PostgresCatalogueRestore } from '#libs/catalogue';
import { loadSettings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { BackUp, IngestImages, ListImages, Restore, VerifyIndex, type RestoreReport } from '#libs/search';
import { createTestDatabase, drawScene, galleryCategories, type TestDatabase } from '#libs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ServiceFixture } from '../service/service-fixture.js';

/** Fewer than are written at a time: a restore need not wait for any of them before its end. */
const FEW = 5;
const SIZE = { width: 96, height: 96 };

let service: ServiceFixture;
let database: TestDatabase;
let archive: string;
let contents: string[];

beforeAll(async () => {
  service = await ServiceFixture.create();
  database = await createTestDatabase();
  await service.start();
  const items = await Promise.all(
    galleryCategories
      .slice(0, FEW)
      .map(async (category, at) => ({ name: `${at}.jpg`, bytes: await drawScene(category, at, SIZE) })),
  );
  await service.get(IngestImages).ingest(items);
  contents = (await service.get(ListImages).list({ limit: 100 })).images.map(({ sha256 }) => sha256);
  archive = path.join(service.folder, 'backup.tar');
  await pipeline(service.get(BackUp).stream('none'), createWriteStream(archive));
  await service.stop();
});

afterAll(async () => {
  await service.drop();
  await database.drop();
});

/** A disk that takes all originals but one. */
class LackingBlobStore extends FileBlobStore {
  constructor(
    folder: string,
    private readonly refused: string | undefined,
  ) {
    super(folder);
  }

  override put(sha256: string, bytes: Buffer): Promise<void> {
    return sha256 === this.refused ? Promise.reject(new DomainError('storage_full')) : super.put(sha256, bytes);
  }
}

const dataDir = (): string => path.join(service.folder, 'restored');
const settings = () => ({ LIKENESS_DATA_DIR: dataDir(), DATABASE_URL: database.url });

function restore(refused?: string, files = dataDir()): Promise<RestoreReport> {
  const catalogue = new PostgresCatalogueRestore(loadSettings(settings()));
  const blobs = new LackingBlobStore(path.join(dataDir(), 'blobs'), refused);
  return new Restore(catalogue, blobs, files).run(archive);
}

it.each([0, FEW - 1])('a restore that cannot write original %i fails, and no service starts on it', async (at) => {
  await mkdir(dataDir(), { recursive: true });
  await expect(restore(contents[at])).rejects.toMatchObject({ code: 'storage_full' });
  await expect(service.start(settings())).rejects.toMatchObject({ code: 'restore_incomplete' });
  await rm(dataDir(), { recursive: true });
});

it('a file of an encoder that cannot be written is no fault of the archive', async () => {
  const encoder = path.join('models', loadSettings({}).encoder.name);
  const full = path.join(service.folder, 'full');
  await mkdir(path.join(full, encoder), { recursive: true });
  for (const name of await readdir(path.join(service.dataDir, encoder)))
    await symlink('/dev/full', path.join(full, encoder, name));
  await mkdir(dataDir(), { recursive: true });
  await expect(restore(undefined, full)).rejects.toMatchObject({ code: 'storage_full' });
  await rm(dataDir(), { recursive: true });
});

it('restored again on a disk that takes all of them, everything is there', async () => {
  expect(await restore()).toMatchObject({ originals: FEW });
  await service.start(settings());
  const { checks } = await service.get(VerifyIndex).verify({ deep: true });
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
});
