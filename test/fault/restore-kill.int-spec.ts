import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { restoreArchive } from '#apps/composition';
import { loadSettings, projectRoot } from '#libs/config';
import { BackUp, ListImages, VerifyIndex } from '#libs/search';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../libs/catalogue/src/postgres/data-source.js';
import { ServiceFixture } from '../service/service-fixture.js';
import { Pictures } from './pictures.js';

const IMAGES = 40;
/** Milliseconds from the first trace in the database to the kill. */
const KILLS_AFTER = [0, 60, 150];
const LONG = 240_000;

let service: ServiceFixture;
let archive: string;
let database: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  service = await ServiceFixture.create();
  await service.start();
  const pictures = await Pictures.draw(9);
  await pictures.writeFolder(path.join(service.folder, 'photos'), IMAGES);
  await service.import({ path: path.join(service.folder, 'photos') });
  archive = path.join(service.folder, 'backup.tar.gz');
  await pipeline(service.get(BackUp).stream('gzip'), createWriteStream(archive));
  await service.stop();
  database = await createTestDatabase();
  dataDir = path.join(service.folder, 'restored');
}, LONG);
afterAll(async () => {
  await service.drop();
  await database.drop();
});

const settings = () => ({ LIKENESS_DATA_DIR: dataDir, DATABASE_URL: database.url });

/** `likeness restore` as a process of its own. */
function restoring(): ChildProcess {
  const bin = path.join(projectRoot(), 'bin', 'likeness.cjs');
  return spawn(process.execPath, [bin, 'restore', archive, '--data', dataDir], {
    env: { ...process.env, ...settings() },
    stdio: 'ignore',
  });
}

/** Begins a restore and kills it some time after its first trace. @returns what the database says of it then */
async function killed(after: number): Promise<{ begun: boolean; unfinished: boolean }> {
  const source = createDataSource(database.url, 1);
  await source.initialize();
  const state = async () => {
    const [row] = await source.query<{ begun: boolean; unfinished: boolean }[]>(
      `SELECT to_regclass('migration') IS NOT NULL AS begun, to_regclass('restore_in_progress') IS NOT NULL AS unfinished`,
    );
    return row ?? { begun: false, unfinished: false };
  };
  const child = restoring();
  const gone = once(child, 'exit');
  while (child.exitCode === null) {
    const { begun, unfinished } = await state();
    if (begun || unfinished) break;
    await sleep(5);
  }
  await sleep(after);
  child.kill('SIGKILL');
  await gone;
  const found = await state();
  await source.destroy();
  return found;
}

describe.skipIf(process.platform === 'win32')('kill -9 of a restore', () => {
  it(
    'leaves all or nothing: what is unfinished no service takes, and the next restore begins anew',
    async () => {
      let unfinished = 0;
      for (const after of KILLS_AFTER) {
        const left = await killed(after);
        if (!left.unfinished) continue;
        unfinished++;
        await expect(service.start(settings())).rejects.toMatchObject({ code: 'restore_incomplete' });
        await expect(restoreArchive(loadSettings(settings()), archive)).rejects.toMatchObject({
          code: 'restore_target_not_empty',
        });
        await rm(dataDir, { recursive: true, force: true });
      }
      expect(unfinished).toBeGreaterThan(0);
      // One that came to its end before the kill is whole, else it is made anew.
      if (!(await isWhole())) {
        await rm(dataDir, { recursive: true, force: true });
        await restoreArchive(loadSettings(settings()), archive);
      }
      await service.start(settings());
      expect((await service.get(ListImages).list({ limit: 100 })).images).toHaveLength(IMAGES);
      const report = await service.get(VerifyIndex).verify({ deep: true });
      expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    },
    LONG,
  );
});

async function isWhole(): Promise<boolean> {
  const source = createDataSource(database.url, 1);
  await source.initialize();
  const [row] = await source.query<{ whole: boolean }[]>(
    `SELECT to_regclass('image') IS NOT NULL AND to_regclass('restore_in_progress') IS NULL AS whole`,
  );
  await source.destroy();
  return row?.whole ?? false;
}
