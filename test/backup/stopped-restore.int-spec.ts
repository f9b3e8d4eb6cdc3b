import 'reflect-metadata';
import { createWriteStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileBlobStore, PostgresCatalogueRestore, type ArchivedTable } from '#libs/catalogue';
import { loadSettings } from '#libs/config';
import { BackUp, Restore, type RestoreReport } from '#libs/search';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ServiceFixture } from '../service/service-fixture.js';

let service: ServiceFixture;
let database: TestDatabase;
let archive: string;

beforeAll(async () => {
  service = await ServiceFixture.create();
  database = await createTestDatabase();
  await service.start();
  archive = path.join(service.folder, 'backup.tar');
  await pipeline(service.get(BackUp).stream('none'), createWriteStream(archive));
  await service.stop();
});

afterAll(async () => {
  await service.drop();
  await database.drop();
});

const reason = new Error('Stopped.');
const dataDir = (): string => path.join(service.folder, 'restored');
const settings = () => ({ LIKENESS_DATA_DIR: dataDir(), DATABASE_URL: database.url });

/** A restore that is stopped when it has come to a step. */
class StoppedRestore extends PostgresCatalogueRestore {
  readonly stop = new AbortController();

  constructor(private readonly step?: 'begin' | 'load' | 'finish') {
    super(loadSettings(settings()));
  }

  override async begin(...given: Parameters<PostgresCatalogueRestore['begin']>): Promise<string[]> {
    const passedOver = await super.begin(...given);
    this.reached('begin');
    return passedOver;
  }

  override load(table: ArchivedTable, pieces: AsyncIterable<Buffer>): Promise<void> {
    this.reached('load');
    return super.load(table, pieces);
  }

  override async finish(): Promise<void> {
    this.reached('finish');
    await super.finish();
  }

  private reached(step: string): void {
    if (step === this.step) this.stop.abort(reason);
  }
}

function restore(catalogue: StoppedRestore): Promise<RestoreReport> {
  const blobs = new FileBlobStore(path.join(dataDir(), 'blobs'));
  return new Restore(catalogue, blobs, dataDir()).run(archive, catalogue.stop.signal);
}

it('a restore that is stopped before it begins touches nothing', async () => {
  const catalogue = new StoppedRestore();
  catalogue.stop.abort(reason);
  await expect(restore(catalogue)).rejects.toBe(reason);
  await expect(readdir(dataDir())).rejects.toThrow('ENOENT');
});

it.each(['begin', 'load'] as const)(
  'one that is stopped at %s lets go of all, and no service starts on it',
  async (at) => {
    await expect(restore(new StoppedRestore(at))).rejects.toBe(reason);
    await expect(service.start(settings())).rejects.toMatchObject({ code: 'restore_incomplete' });
    await rm(dataDir(), { recursive: true });
  },
);

it('one that is stopped in its last transaction is whole', async () => {
  expect(await restore(new StoppedRestore('finish'))).toMatchObject({ originals: 0 });
  await expect(service.start(settings())).resolves.toBeUndefined();
});
