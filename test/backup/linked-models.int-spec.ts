import 'reflect-metadata';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Logger } from '@nestjs/common';
import { readArchive } from '#libs/archive';
import { FileBlobStore, FileWriter, PostgresCatalogueArchive } from '#libs/catalogue';
import { loadSettings } from '#libs/config';
import { BackUp, checkArchive } from '#libs/search';
import { createTestDatabase } from '#libs/testing';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { CatalogueFixture } from '../../libs/catalogue/src/postgres/testing/catalogue-fixture.js';

let catalogue: CatalogueFixture;
let folder: string;
beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-linked-'));
});
afterAll(async () => {
  await catalogue.drop();
  await rm(folder, { recursive: true, force: true });
});

async function write(...place: string[]): Promise<void> {
  const file = path.join(folder, ...place);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `content of ${place.join('/')}`);
}

it('an archive holds encoders whose folder or files are links; a link that cannot be followed is told of', async () => {
  const dataDir = path.join(folder, 'data');
  await write('data', 'models', 'mine', 'manifest.json');
  await write('elsewhere', 'theirs', 'manifest.json');
  await write('elsewhere', 'theirs', 'tfjs', 'model.json');
  await write('elsewhere', 'store', 'weights');
  const link = (target: string, ...place: string[]) => symlink(target, path.join(folder, ...place));
  await link(path.join('..', '..', 'elsewhere', 'theirs'), 'data', 'models', 'theirs');
  await link(path.join(folder, 'elsewhere', 'store', 'weights'), 'data', 'models', 'mine', 'model.onnx');
  await link(path.join(folder, 'elsewhere', 'theirs', 'tfjs'), 'data', 'models', 'mine', 'tfjs');
  await link(path.join(folder, 'unmounted'), 'data', 'models', 'gone');
  await link('..', 'data', 'models', 'mine', 'ring');
  await link('..', 'data', 'models', 'all');
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  onTestFinished(() => warn.mockRestore());

  const blobs = new FileBlobStore(path.join(dataDir, 'blobs'), new FileWriter());
  const settings = loadSettings({ LIKENESS_DATA_DIR: dataDir, DATABASE_URL: catalogue.url });
  const backup = new BackUp(new PostgresCatalogueArchive(catalogue.database), blobs, settings);
  const archive = path.join(folder, 'backup.tar');
  await pipeline(backup.stream('none'), createWriteStream(archive));

  await checkArchive(archive);
  const files = new Map<string, string>();
  await readArchive(createReadStream(archive), async (entry) => {
    if (entry.name.startsWith('files/')) files.set(entry.name, String(await entry.whole()));
  });
  expect(Object.fromEntries(files)).toEqual({
    'files/models/mine/manifest.json': 'content of data/models/mine/manifest.json',
    'files/models/mine/model.onnx': 'content of elsewhere/store/weights',
    'files/models/mine/tfjs/model.json': 'content of elsewhere/theirs/tfjs/model.json',
    'files/models/theirs/manifest.json': 'content of elsewhere/theirs/manifest.json',
    'files/models/theirs/tfjs/model.json': 'content of elsewhere/theirs/tfjs/model.json',
  });
  for (const name of ['gone', path.join('mine', 'ring'), 'all'])
    expect(warn).toHaveBeenCalledWith(expect.stringContaining(path.join(dataDir, 'models', name)));
});
