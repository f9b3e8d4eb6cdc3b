import 'reflect-metadata';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { restoreArchive } from '#apps/composition';
import { loadSettings } from '#libs/config';
import { BackUp, checkArchive, LabelImages, ManageClassifiers, VerifyIndex, type Check } from '#libs/search';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownPicture } from '../service/own-pictures.js';
import { ServiceFixture } from '../service/service-fixture.js';

interface OwnExample {
  readonly id: number;
  readonly sha256: string;
}

let service: ServiceFixture;
let databases: TestDatabase[];
let archive: string;
let own: OwnExample[];

beforeAll(async () => {
  service = await ServiceFixture.create();
  databases = [await createTestDatabase(), await createTestDatabase()];
  await service.start();
  await service.get(ManageClassifiers).create('place', 'single', ['beach', 'city']);
  const pictures = await Promise.all([
    ownPicture(0, 1, 'beach'),
    ownPicture(1, 2, 'city'),
    ownPicture(1, 3, 'city'),
    ownPicture(2, 4, 'city'),
  ]);
  await service.get(LabelImages).labelOwn('place', pictures, 'test');
  // The third is an image of the catalogue too, the fourth one whose original stays where it is.
  const [, , copied, referenced] = pictures;
  for (const [name, picture] of Object.entries({ copied, referenced })) {
    const folder = path.join(service.folder, name);
    await mkdir(folder);
    await writeFile(path.join(folder, 'a.jpg'), picture?.bytes ?? '');
    await service.import({ path: folder, reference: name === 'referenced' });
  }
  own = await service.query<OwnExample>(
    `SELECT id, encode(sha256, 'hex') AS sha256 FROM example WHERE own ORDER BY name`,
  );
  archive = path.join(service.folder, 'backup.tar');
  await save(archive);
});

afterAll(async () => {
  await service.drop();
  for (const database of databases) await database.drop();
});

const save = (file: string): Promise<void> => pipeline(service.get(BackUp).stream('none'), createWriteStream(file));

const settings = (name: string, at: number) => ({
  LIKENESS_DATA_DIR: path.join(service.folder, name),
  DATABASE_URL: databases[at]?.url,
});
const blobOf = (name: string, { sha256 }: OwnExample): string =>
  path.join(service.folder, name, 'blobs', sha256.slice(0, 2), sha256);

async function originals(): Promise<Check | undefined> {
  const { checks } = await service.get(VerifyIndex).verify({ deep: true });
  return checks.find(({ name }) => name === 'originals');
}

describe('the originals of own training images', () => {
  it('are in a backup, each once, and in what is restored from it', async () => {
    expect((await checkArchive(archive)).catalogue.originals).toMatchObject({ count: 4, references: 1 });
    expect(await restoreArchive(loadSettings(settings('restored', 0)), archive)).toMatchObject({ originals: 4 });
    await service.start(settings('restored', 0));
    for (const { id, sha256 } of own) {
      expect(await service.get(LabelImages).thumbnail(id)).toMatchObject({ mediaType: 'image/jpeg', sha256 });
    }
    expect(await originals()).toMatchObject({ ok: true, checked: 5 });
  });

  it('are verified', async () => {
    const [first, second] = own as [OwnExample, OwnExample];
    const bytes = await readFile(blobOf('restored', second));
    await writeFile(blobOf('restored', second), bytes.subarray(1));
    await rm(blobOf('restored', first));
    expect(await originals()).toMatchObject({
      ok: false,
      problems: expect.arrayContaining([
        expect.stringMatching(`training image ${first.id}: .*not in the data folder`),
        `training image ${second.id}: the original is damaged`,
      ]) as string[],
    });
    await writeFile(blobOf('restored', second), bytes);
  });

  it('do not stand in the way of a backup when they are gone', async () => {
    const lacking = path.join(service.folder, 'lacking.tar');
    await save(lacking);
    expect(await restoreArchive(loadSettings(settings('lacking', 1)), lacking)).toMatchObject({ originals: 3 });
  });
});
