import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderId } from './data-folder.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'likeness-id-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('the id of a data folder', () => {
  it('is one for all that ask at once in a new folder', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => folderId(dataDir)));
    expect(new Set(ids).size).toBe(1);
    expect(await readFile(path.join(dataDir, 'folder-id'), 'utf8')).toBe(`${ids[0] ?? ''}\n`);
    expect(await folderId(dataDir)).toBe(ids[0]);
    expect(await readdir(dataDir)).toEqual(['folder-id']);
  });

  it('is made anew where the file holds none', async () => {
    await writeFile(path.join(dataDir, 'folder-id'), '');
    const id = await folderId(dataDir);
    expect(id).toMatch(/^[0-9a-f]{24}$/);
    expect(await folderId(dataDir)).toBe(id);
  });
});
