import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkArchive } from './restore.js';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(path.join(tmpdir(), 'likeness-restore-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['that is not there', 'all.tar.gz', 'is not there.'],
  ['in a folder that is not there', path.join('nope', 'all.tar.gz'), 'is not there.'],
  ['that is a folder', '', 'is a folder.'],
])('says of an archive %s what is wrong, without the words of the system', async (_what, name, wrong) => {
  const file = path.join(folder, name);
  await expect(checkArchive(file)).rejects.toMatchObject({ code: 'archive_unreadable', message: `${file} ${wrong}` });
});
