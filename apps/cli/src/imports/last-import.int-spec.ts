import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importView } from './import-view.fixture.js';
import { lastImportOf } from './last-import.js';

let folder: string;
let photos: string;
let link: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'likeness-last-')));
  photos = path.join(folder, 'photos');
  link = path.join(folder, 'link');
  await mkdir(photos);
  await symlink(photos, link);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A service with imports of these, the newest first. */
const imports = (...roots: string[]) => {
  const views = roots.map((root, at) => importView({ id: roots.length - at, root }));
  return {
    listImports: async (limit: number, root?: string) => views.filter((view) => view.root === root).slice(0, limit),
  };
};

it('is found by the path that was named and by where it really lies, the newest first', async () => {
  expect(await lastImportOf(photos, imports(folder, photos))).toMatchObject({ id: 1 });
  expect(await lastImportOf(link, imports(folder, photos, link))).toMatchObject({ id: 2 });
  expect(await lastImportOf(link, imports(folder, link, photos))).toMatchObject({ id: 2 });
});

it('is found below a link', async () => {
  const below = path.join(photos, 'below');
  await mkdir(below);
  expect(await lastImportOf(path.join(link, 'below'), imports(below))).toMatchObject({ id: 1 });
});

it('is none of another folder', async () => {
  expect(await lastImportOf(photos, imports(folder))).toBeUndefined();
});
