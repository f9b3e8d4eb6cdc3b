import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listSubfolders } from './label-sources.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'likeness-labels-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('listSubfolders', () => {
  it('tells of every picture in the category that its sub-folder is called, and of nothing else', async () => {
    await mkdir(path.join(root, 'cats', 'inner'), { recursive: true });
    await mkdir(path.join(root, 'bikes'));
    for (const name of ['cats/b.PNG', 'cats/a.jpg', 'cats/notes.txt', 'cats/inner/c.jpg', 'bikes/d.webp', 'e.jpg']) {
      await writeFile(path.join(root, name), '');
    }
    expect(await listSubfolders(root)).toEqual([
      { file: path.join(root, 'bikes', 'd.webp'), category: 'bikes', value: 'positive' },
      { file: path.join(root, 'cats', 'a.jpg'), category: 'cats', value: 'positive' },
      { file: path.join(root, 'cats', 'b.PNG'), category: 'cats', value: 'positive' },
    ]);
  });

  // The superuser may list any folder.
  it.skipIf(process.getuid?.() === 0)(
    'goes on after a sub-folder that cannot be listed, which stands for its pictures',
    async () => {
      await mkdir(path.join(root, 'cats'));
      await writeFile(path.join(root, 'cats', 'a.jpg'), '');
      await mkdir(path.join(root, 'locked'));
      await chmod(path.join(root, 'locked'), 0);
      expect(await listSubfolders(root)).toEqual([
        { file: path.join(root, 'cats', 'a.jpg'), category: 'cats', value: 'positive' },
        { file: path.join(root, 'locked'), category: 'locked', value: 'positive' },
      ]);
    },
  );

  it.each([
    ['that is not there', 'missing', 'cannot be read'],
    ['without pictures in sub-folders', '.', 'has no sub-folders with pictures'],
  ])('refuses a folder %s', async (_what, folder, detail) => {
    await expect(listSubfolders(path.join(root, folder))).rejects.toMatchObject({
      code: 'import_source_unreadable',
      message: expect.stringContaining(detail) as string,
    });
  });
});
