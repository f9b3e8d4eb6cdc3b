import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { saveArchive } from '../src/backup/save-archive.js';
import { Interrupted } from '../src/interruption.js';

/** Pieces that have arrived when the command is stopped. */
const PIECES = 20;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-archive-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('ends with the reason when it is stopped while the archive arrives, and leaves nothing behind', async () => {
  const stop = new AbortController();
  const reason = new Interrupted('SIGINT');
  let pieces = 0;
  const endless = new Readable({
    read() {
      if (++pieces === PIECES) stop.abort(reason);
      this.push(Buffer.alloc(16_384));
    },
  });
  const saving = saveArchive(path.join(folder, 'all.tar'), () => Promise.resolve(endless), {
    force: false,
    signal: stop.signal,
  });
  await expect(saving).rejects.toBe(reason);
  expect(await readdir(folder)).toEqual([]);
});

it.each([true, false])('refuses a folder before anything is read, force: %s', async (force) => {
  let started = false;
  const start = (): Promise<Readable> => {
    started = true;
    return Promise.resolve(Readable.from([]));
  };
  const saving = saveArchive(folder, start, { force, signal: new AbortController().signal });
  await expect(saving).rejects.toMatchObject({
    code: 'backup_file_unusable',
    message: `${folder} is a folder: name a file in it.`,
  });
  expect(started).toBe(false);
});
