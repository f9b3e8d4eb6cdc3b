import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeByFloors } from '../encoder/floors.js';
import { listLabelledPhotos } from '../encoder/labelled-photos.js';
import { readPhotoSets } from '../heads/photo-sets.js';
import { foldersIn, ofFile, photosBelow, photosIn } from './photo-files.js';

const FILES = [
  'set/cats/b.jpg',
  'set/cats/A.PNG',
  'set/cats/.DS_Store',
  'set/cats/._a.jpg',
  'set/cats/Thumbs.db',
  'set/cats/old.jpg/c.jpg',
  'set/dogs/d.webp',
  'set/empty/notes.txt',
  'set/.git/e.jpg',
  'no set/notes.txt',
];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'likeness-photo-files-'));
  for (const file of FILES) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), 'no picture');
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('what is no photo by its name, hidden, or a folder is passed over', async () => {
  expect(await foldersIn(path.join(root, 'set'))).toEqual(['cats', 'dogs', 'empty']);
  expect(await photosIn(path.join(root, 'set/cats'))).toEqual(['A.PNG', 'b.jpg']);
  expect(await photosBelow(root)).toEqual([
    'set/cats/A.PNG',
    'set/cats/b.jpg',
    'set/cats/old.jpg/c.jpg',
    'set/dogs/d.webp',
  ]);
});

test('labelled photos and sets have the same photos, and no classes without any', async () => {
  const { files, classes, names } = await listLabelledPhotos(path.join(root, 'set'));
  expect(files.map((file) => path.basename(file))).toEqual(['A.PNG', 'b.jpg', 'd.webp']);
  expect([...classes]).toEqual([0, 0, 1]);
  expect(names).toEqual(['cats', 'dogs']);
  const sets = await readPhotoSets(root);
  expect(sets).toMatchObject([{ name: 'set', categories: ['cats', 'dogs'] }]);
  const photos = sets[0]?.photos.map(({ id, category }) => [id, category]);
  expect(photos).toEqual([
    ['cats/A.PNG', 0],
    ['cats/b.jpg', 0],
    ['dogs/d.webp', 1],
  ]);
});

test('a file that cannot be decoded is named', async () => {
  const file = path.join(root, 'set/dogs/d.webp');
  await expect(describeByFloors([file])).rejects.toThrow(`${file}: `);
  await expect(ofFile(path.join(root, 'gone.jpg'), () => Promise.resolve())).rejects.toThrow('gone.jpg: ENOENT');
});
