import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimedItem, ImportProgress } from '#libs/catalogue';
import { loadSettings } from '#libs/config';
import { HttpImageFetcher, parseAllowList } from '#libs/fetching';
import { ImageTrial } from '#libs/imaging';
import { ItemReader } from './item-reader.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-reader-'));
  await writeFile(path.join(folder, 'a.jpg'), 'bytes');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An item of an import that was taken up so often. */
const item = (attempts: number, name: string): ClaimedItem => ({
  id: 7,
  importId: 1,
  path: path.join(folder, name),
  size: 5,
  modifiedMs: 1,
  attempts,
});

/** The reader's answer, and how often it asked for a trial that ends as given. */
async function read(attempts: number, survives: boolean, name = 'a.jpg'): Promise<{ answer: unknown; trials: number }> {
  let trials = 0;
  class Trial extends ImageTrial {
    override survives(): Promise<boolean> {
      trials++;
      return Promise.resolve(survives);
    }
  }
  const fetcher = new HttpImageFetcher({ enabled: false, allowed: parseAllowList([]), maxBytes: 1, timeoutMs: 1 });
  const reader = new ItemReader(loadSettings({}), fetcher, new Trial());
  const progress: ImportProgress = {
    id: 1,
    root: folder,
    reference: false,
    removeVanished: false,
    status: 'running',
    error: null,
    createdAt: new Date(),
    finishedAt: null,
    total: 1,
    done: 0,
    failed: 0,
    left: 1,
    outcomes: { added: 0, existing: 0, replaced: 0, unchanged: 0, removed: 0 },
    rate: null,
    etaSeconds: null,
  };
  return { answer: await reader.read(progress, item(attempts, name)), trials };
}

describe('an item that was in hand when processes ended', () => {
  const good = { itemId: 7, bytes: Buffer.from('bytes') };
  const crashed = { itemId: 7, error: { code: 'image_processing_crashed' } };

  it('is no suspect at first', async () => {
    const { answer, trials } = await read(3, false);
    expect(answer).toMatchObject(good);
    expect(trials).toBe(0);
  });

  it('is tried after that, and used when it passes', async () => {
    const { answer, trials } = await read(4, true);
    expect(answer).toMatchObject(good);
    expect(trials).toBe(1);
    expect((await read(50, true)).answer).toMatchObject(good);
  });

  it('is set aside when it ends the process, or passes and comes back without end', async () => {
    expect((await read(4, false)).answer).toMatchObject(crashed);
    expect(await read(51, true)).toMatchObject({ answer: crashed, trials: 0 });
  });
});

describe('an item that is no regular file', () => {
  it('is refused, and not opened', async () => {
    await promisify(execFile)('mkfifo', [path.join(folder, 'pipe.jpg')]);
    const { answer } = await read(1, true, 'pipe.jpg');
    expect(answer).toMatchObject({ error: { code: 'import_file_unreadable' } });
  });
});
