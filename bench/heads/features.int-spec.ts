import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BUNDLED_ENCODER } from '#libs/config';
import { drawScene, galleryCategories } from '#libs/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { featuresOf } from './features.js';
import { readKept } from './kept.js';
import { readPhotoSets } from './photo-sets.js';

const OTHERS = 'holds features of other photos, or of another encoder of that name; name another --work';

let folder: string;
let photo: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-bench-features-'));
  const [category = 'sunset-sea'] = galleryCategories;
  photo = await drawScene(category, 1, { width: 96, height: 96 });
  await add('a/1.jpg');
  await add('b/1.jpg');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const add = async (name: string): Promise<void> => {
  const file = path.join(folder, 'sets', 'set', name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, photo);
};

const extracted = async (work: string) =>
  featuresOf(BUNDLED_ENCODER, await readPhotoSets(path.join(folder, 'sets')), path.join(folder, work));

test(
  'kept features are read again, but not as those of other photos or of another encoder',
  { timeout: 120_000 },
  async () => {
    const first = await extracted('work');
    expect(await extracted('work')).toEqual(first);
    const contents = path.join(folder, 'work/features', BUNDLED_ENCODER, 'set/contents.json');
    const kept = await readFile(contents, 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ source: { fingerprint: first.fingerprint }, categories: [0, 1] });

    await writeFile(contents, kept.replace(first.fingerprint, '0'.repeat(64)));
    await expect(extracted('work')).rejects.toThrow(OTHERS);
    await writeFile(contents, kept);
    await add('b/2.jpg');
    await expect(extracted('work')).rejects.toThrow(OTHERS);
  },
);

test('a training that does not say what it was made from is none of these photos', async () => {
  const source = { fingerprint: 'some', photos: { set: 'digest' } };
  const file = path.join(folder, 'cell.json');
  expect(await readKept(file, source, 'WORK')).toBeNull();
  await writeFile(file, JSON.stringify({ source, accuracy: 1 }));
  expect(await readKept(file, source, 'WORK')).toMatchObject({ accuracy: 1 });
  await writeFile(file, JSON.stringify({ accuracy: 1 }));
  await expect(readKept(file, source, 'WORK')).rejects.toThrow(`WORK ${OTHERS}`);
});
