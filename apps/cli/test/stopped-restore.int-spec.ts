import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ArchiveWriter } from '#libs/archive';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf } from '../../../test/fault/folder-processes.js';
import { documentOf, environment, likeness, Likeness } from './run-likeness.js';

const COMMAND_MS = 120_000;
const ORIGINAL = Buffer.from('an original');
const SHA256 = createHash('sha256').update(ORIGINAL).digest('hex');

let folder: string;
let archive: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'likeness-stopped-')));
  await chmod(folder, 0o711); // The database's own user, where the tests run as root, has to get through.
  archive = path.join(folder, 'archive');
  await promisify(execFile)('mkfifo', [archive]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const place = () => ({ cwd: folder, env: environment });

/** Writes an archive of so many originals into the pipe, once somebody reads it, until the reader goes away. */
async function write(originals: number, whenRead: () => void = () => undefined): Promise<void> {
  const writer = new ArchiveWriter('none');
  const fill = async () => {
    const contents = { migrations: [], server: '18', tables: [], sequences: [] };
    const manifest = {
      format: 1,
      product: 'likeness',
      createdAt: new Date(0).toISOString(),
      catalogue: { ...contents, originals: { count: 1, bytes: ORIGINAL.length, references: 0 } },
    };
    await writer.add('manifest.json', Buffer.from(JSON.stringify(manifest)));
    for (let at = 0; at < originals; at++) {
      await writer.add(`originals/${SHA256.slice(0, 2)}/${SHA256}`, ORIGINAL);
      // More than a pipe holds: whoever took that reads.
      if (at === 1000) whenRead();
    }
    await writer.finish();
  };
  await Promise.all([pipeline(writer.stream, createWriteStream(archive)), fill()]);
}

/** Writes without end, and interrupts who reads it. */
const writeUntilStopped = (restoring: Likeness): Promise<void> =>
  expect(write(Infinity, () => restoring.signal('SIGINT'))).rejects.toThrow();

describe.skipIf(process.platform === 'win32')('a restore that is interrupted', { timeout: COMMAND_MS }, () => {
  it('stops while it checks the archive, and has begun nothing', async () => {
    const data = path.join(folder, 'unbegun');
    const restoring = new Likeness(['restore', archive, '--data', data], place());
    await writeUntilStopped(restoring);
    expect(await restoring.end()).toMatchObject({ code: 130, stdout: '', stderr: 'Stopped.\n' });
    await expect(readdir(data)).rejects.toThrow('ENOENT');
  });

  it('stops its database once it has begun, and leaves a folder that no service starts on', async () => {
    const data = path.join(folder, 'begun');
    const restoring = new Likeness(['restore', archive, '--data', data], place());
    await write(1);
    // It reads the archive a second time once there is a folder to fill.
    while ((await readdir(data).catch(() => [])).length === 0) await sleep(20);
    await writeUntilStopped(restoring);
    expect(await restoring.end()).toMatchObject({ code: 130, stdout: '', stderr: 'Stopped.\n' });
    expect(await processesOf(folder)).toEqual([]);
    const ended = await likeness(['stats', '--json', '--data', data], place());
    expect(ended.code).toBe(1);
    expect(documentOf(ended)).toMatchObject({ error: { code: 'restore_incomplete' } });
  });
});
