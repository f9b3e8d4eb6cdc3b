import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { ArchiveWriter } from '#libs/archive';
import { formatBytes } from '#libs/errors';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { saveArchive } from '../src/backup/save-archive.js';
import { Interrupted } from '../src/interruption.js';

/** Pieces that have arrived when the command is stopped. */
const PIECES = 20;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-archive-'));
  await import('#libs/search'); // which a command loads when it first needs it: that is no part of a test's time
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

it('ends with the reason when it is stopped while the archive is checked, and leaves nothing behind', async () => {
  const stop = new AbortController();
  const reason = new Interrupted('SIGINT');
  // The first look at the signal is that of the check: what arrives is not stopped by looking.
  vi.spyOn(stop.signal, 'throwIfAborted').mockImplementationOnce(() => stop.abort(reason));
  const saving = saveArchive(path.join(folder, 'all.tar'), smallArchive, { force: false, signal: stop.signal });
  await expect(saving).rejects.toBe(reason);
  expect(await readdir(folder)).toEqual([]);
});

it('tells how much is written, and that it is checked', async () => {
  const told: string[] = [];
  const { bytes } = await saveArchive(path.join(folder, 'told.tar'), smallArchive, {
    force: false,
    signal: new AbortController().signal,
    report: (progress) => told.push(progress),
  });
  expect(told.slice(-2)).toEqual([`${formatBytes(bytes)} written`, 'checking what was written']);
  expect(new Set(told).size).toBe(told.length);
});

async function smallArchive(): Promise<Readable> {
  const archive = new ArchiveWriter('none');
  const contents = { migrations: [], server: '18', tables: [], sequences: [] };
  const manifest = {
    format: 1,
    product: 'likeness',
    createdAt: new Date(0).toISOString(),
    catalogue: { ...contents, originals: { count: 0, bytes: 0, references: 0 } },
  };
  await archive.add('manifest.json', Buffer.from(JSON.stringify(manifest)));
  await archive.add('files/models/mine/labels.txt', Buffer.from('a'));
  await archive.finish();
  return archive.stream;
}
