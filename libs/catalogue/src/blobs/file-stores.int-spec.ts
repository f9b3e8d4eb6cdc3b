import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileBlobStore } from './file-blob-store.js';
import { FileThumbnailStore } from './file-thumbnail-store.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-blobs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const bytes = Buffer.from('the original');
const sha256 = hashOf(bytes);

describe('FileBlobStore', () => {
  it('keeps bytes by content, privately, and leaves nothing else behind', async () => {
    const blobs = new FileBlobStore(folder);
    expect(await blobs.has(sha256)).toBe(false);
    await expect(blobs.read(sha256)).rejects.toMatchObject({ code: 'original_missing' });
    await Promise.all(Array.from({ length: 8 }, () => blobs.put(sha256, bytes)));
    expect(await blobs.has(sha256)).toBe(true);
    expect(await blobs.read(sha256)).toEqual(bytes);
    expect(await readdir(folder)).toEqual([sha256.slice(0, 2)]);
    expect((await stat(path.join(folder, sha256.slice(0, 2), sha256))).mode & 0o777).toBe(0o600);
    await blobs.remove(sha256);
    await blobs.remove(sha256);
    expect(await blobs.has(sha256)).toBe(false);
  });

  it('writes a file that is only partly there again', async () => {
    const blobs = new FileBlobStore(folder);
    await blobs.put(sha256, bytes);
    await writeFile(path.join(folder, sha256.slice(0, 2), sha256), 'the ori');
    await blobs.put(sha256, bytes);
    expect(await blobs.read(sha256)).toEqual(bytes);
  });

  it('goes on when its folders were removed', async () => {
    const blobs = new FileBlobStore(folder);
    await blobs.put(sha256, bytes);
    await rm(folder, { recursive: true });
    await blobs.put(sha256, bytes);
    expect(await blobs.read(sha256)).toEqual(bytes);
  });

  it('calls the folder unusable where a file cannot be written, whatever the reason', async () => {
    await writeFile(path.join(folder, sha256.slice(0, 2)), 'no folder');
    const put = new FileBlobStore(folder).put(sha256, bytes);
    await expect(put).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining('ENOTDIR') as string,
    });
  });

  it('calls no folder unusable because of one file that cannot be read', async () => {
    await mkdir(path.join(folder, sha256.slice(0, 2), sha256), { recursive: true });
    await expect(new FileBlobStore(folder).read(sha256)).rejects.toMatchObject({ code: 'internal' });
  });

  it('never leaves its folder', async () => {
    const blobs = new FileBlobStore(folder);
    await expect(blobs.put('../../etc/passwd', bytes)).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('FileThumbnailStore', () => {
  it('takes an empty file, as a power cut leaves it, for none', async () => {
    const thumbnails = new FileThumbnailStore(folder);
    expect(await thumbnails.read(sha256)).toBeNull();
    await thumbnails.put(sha256, bytes);
    expect(await thumbnails.read(sha256)).toEqual(bytes);
    await writeFile(path.join(folder, sha256.slice(0, 2), sha256), '');
    expect(await thumbnails.read(sha256)).toBeNull();
  });
});
