import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeVariantModel } from '#libs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Client } from './client.js';
import { killAll, processesOf } from './folder-processes.js';
import { Pictures } from './pictures.js';
import { likeness, ServiceProcess } from './service-process.js';

const IMAGES = 128;
const KILLS = 2;
const TIME_LIMIT_MS = 420_000;
/** One image at a time, so that a change of encoder takes a while. */
const ENVIRONMENT = {
  LIKENESS_ENCODER_THREADS: '1',
  LIKENESS_ENCODER_BATCH: '1',
  LIKENESS_LOG_LEVEL: 'error',
  DATABASE_URL: '',
};

interface Reindex {
  readonly status: string;
  readonly active: { readonly encoder: string };
  readonly progress: { readonly embedded: number; readonly images: number } | null;
}

let top: string | undefined;

afterEach(async () => {
  if (top === undefined) return;
  for (let left = await processesOf(top); left.length > 0; left = await processesOf(top)) {
    killAll(left);
    await sleep(100);
  }
  await rm(top, { recursive: true, force: true });
});

const reindexAt = async (url: string, init?: RequestInit): Promise<Reindex> =>
  (await (await fetch(`${url}/v1/reindex`, init)).json()) as Reindex;

describe.skipIf(process.platform === 'win32')('kill -9 while another encoder takes over', () => {
  it(
    'loses nothing that was embedded, and the next life brings it to its end',
    async () => {
      top = await realpath(await mkdtemp(path.join(tmpdir(), 'likeness-fault-')));
      // As root the database runs as another user, who has to enter the folder.
      await chmod(top, 0o711);
      const dataDir = path.join(top, 'data');
      await writeVariantModel(dataDir, 'variant');
      const pictures = await Pictures.draw(5);
      let service = new ServiceProcess(dataDir, ENVIRONMENT);
      let url = await service.ready;
      const client = new Client(url);
      const { id } = await client.startImport(await folderOf(pictures, path.join(top, 'pictures')));
      while ((await client.import(id)).status !== 'done') await sleep(200);

      await reindexAt(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ encoder: 'variant' }),
      });
      const embedded: number[] = [];
      let cutOff = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        let view = await reindexAt(url);
        // Something more than in the life before, but not all.
        const before = embedded.at(-1) ?? 0;
        while (view.status === 'running' && (view.progress?.embedded ?? 0) <= before) {
          await sleep(20);
          view = await reindexAt(url);
        }
        embedded.push(view.progress?.embedded ?? 0);
        if (view.status === 'running') cutOff++;
        await service.kill(kill % 2 === 0 ? 'service' : 'everything');
        service = new ServiceProcess(dataDir, ENVIRONMENT);
        url = await service.ready;
        // What was embedded is there in the next life.
        const next = await reindexAt(url);
        if (next.status === 'running') expect(next.progress?.embedded).toBeGreaterThanOrEqual(embedded.at(-1) ?? 0);
      }
      expect(cutOff).toBeGreaterThan(0);
      expect(embedded[0]).toBeLessThan(IMAGES);

      while ((await reindexAt(url)).status === 'running') await sleep(100);
      expect(await reindexAt(url)).toMatchObject({ status: 'done', active: { encoder: 'variant' } });
      expect(await new Client(url).images()).toHaveLength(IMAGES);
      const verified = await likeness(['verify', '--deep', '--json', '--data', dataDir], ENVIRONMENT);
      expect(verified, verified.stdout + verified.stderr).toMatchObject({ code: 0 });
      expect(await service.stop()).toBe(0);
    },
    TIME_LIMIT_MS,
  );
});

async function folderOf(pictures: Pictures, folder: string): Promise<string> {
  await pictures.writeFolder(folder, IMAGES);
  return folder;
}
