import 'reflect-metadata';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { restoreArchive } from '#apps/composition';
import { loadSettings } from '#libs/config';
import {
  BackUp,
  IngestImages,
  LabelImages,
  ListImages,
  ManageClassifiers,
  VerifyIndex,
  type RestoreReport,
} from '#libs/search';
import { createTestDatabase, drawScene, galleryCategories, type TestDatabase } from '#libs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ownPicture } from '../service/own-pictures.js';
import { ServiceFixture } from '../service/service-fixture.js';

const SIZE = { width: 96, height: 96 };

let service: ServiceFixture;
let database: TestDatabase;
let archive: string;

beforeAll(async () => {
  service = await ServiceFixture.create();
  database = await createTestDatabase();
  await service.start();
  const items = await Promise.all(
    galleryCategories
      .slice(0, 2)
      .map(async (category, at) => ({ name: `${at}.jpg`, bytes: await drawScene(category, at, SIZE) })),
  );
  await service.get(IngestImages).ingest(items);
  await service.get(ManageClassifiers).create('place', 'single', ['beach', 'city']);
  await service.get(LabelImages).labelOwn('place', [await ownPicture(0, 1, 'beach')], 'test');
  archive = path.join(service.folder, 'backup.tar');
});

afterAll(async () => {
  await service.drop();
  await database.drop();
});

const save = (): Promise<void> => pipeline(service.get(BackUp).stream('none'), createWriteStream(archive));

function restore(): Promise<RestoreReport> {
  const settings = { LIKENESS_DATA_DIR: path.join(service.folder, 'restored'), DATABASE_URL: database.url };
  return restoreArchive(loadSettings(settings), archive);
}

/** Turns one bit of an original over, or back again. */
async function flip(sha256: string): Promise<void> {
  const file = path.join(service.dataDir, 'blobs', sha256.slice(0, 2), sha256);
  const bytes = await readFile(file);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

it('a damaged original breaks the backup off, and is named so that its image can be found', async () => {
  const { images } = await service.get(ListImages).list({ limit: 100 });
  const [{ id, sha256 } = { id: 0, sha256: '' }] = images;
  await flip(sha256);
  await expect(save()).rejects.toMatchObject({
    code: 'backup_broken_off',
    message: expect.stringContaining(sha256) as string,
  });
  const { checks } = await service.get(VerifyIndex).verify({ deep: true });
  expect(checks.find(({ name }) => name === 'originals')?.problems).toEqual([`image ${id}: the original is damaged`]);
  await flip(sha256);
  await expect(save()).resolves.toBeUndefined();
});

it('the damaged original of an own training image is left out', async () => {
  const [own] = await service.query<{ sha256: string }>(
    `SELECT encode(sha256, 'hex') AS sha256 FROM example WHERE own`,
  );
  await flip(own?.sha256 ?? '');
  await save();
  expect(await restore()).toMatchObject({ originals: 2 });
});
