import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { replaceFile, storageError } from './storage/durable-file.js';
import { parseManifest } from './storage/manifest.js';
import type { VectorIndex } from './vector-index.js';
import { VectorIndexes, type IndexKey } from './vector-indexes.js';

const NAME = 'name';
const MANIFEST = 'manifest.json';

/** Indexes in folders beside each other: `<first digits of the fingerprint>-<tap>`. */
export class FolderIndexes extends VectorIndexes {
  private readonly indexes = new Map<string, VectorIndex>();

  /**
   * @param folder usually `<data>/index`; nothing else may be kept there
   * @param make an index that keeps its files in the folder it is given
   */
  constructor(
    private readonly folder: string,
    private readonly make: (folder: string) => VectorIndex,
  ) {
    super();
  }

  override async prepare(): Promise<string> {
    try {
      await mkdir(this.folder, { recursive: true });
      await this.moveSingleIndex();
      const file = path.join(this.folder, NAME);
      const known = await readFile(file, 'utf8').catch(() => '');
      if (/^[0-9a-f-]{36}$/.test(known)) return known;
      const name = randomUUID();
      await replaceFile(file, name);
      return name;
    } catch (error) {
      throw storageError(error, this.folder);
    }
  }

  override of(key: IndexKey): VectorIndex {
    const folder = this.folderOf(key);
    const index = this.indexes.get(folder) ?? this.make(folder);
    this.indexes.set(folder, index);
    return index;
  }

  override async keepOnly(keys: readonly IndexKey[]): Promise<void> {
    const kept = new Set(keys.map((key) => this.folderOf(key)));
    for (const entry of await readdir(this.folder, { withFileTypes: true })) {
      const folder = path.join(this.folder, entry.name);
      if (entry.isDirectory() && !kept.has(folder)) await rm(folder, { recursive: true, force: true });
    }
  }

  override async remove(key: IndexKey): Promise<void> {
    const folder = this.folderOf(key);
    this.indexes.delete(folder);
    await rm(folder, { recursive: true, force: true });
  }

  /** Until version 0.1 there was one index, right in the folder. A file that is not whole is left behind and made anew. */
  private async moveSingleIndex(): Promise<void> {
    const files = await readdir(this.folder, { withFileTypes: true });
    if (!files.some((file) => file.name === MANIFEST)) return;
    try {
      const { fingerprint, tap } = parseManifest(await readFile(path.join(this.folder, MANIFEST), 'utf8'));
      const target = this.folderOf({ fingerprint, tap });
      await mkdir(target, { recursive: true });
      // The manifest last: until it has moved this is done again.
      const names = files.filter((file) => file.isFile() && file.name !== NAME).map((file) => file.name);
      for (const name of [...names.filter((one) => one !== MANIFEST), MANIFEST])
        await rename(path.join(this.folder, name), path.join(target, name));
    } catch {
      for (const file of files)
        if (file.isFile() && file.name !== NAME) await rm(path.join(this.folder, file.name), { force: true });
    }
  }

  private folderOf({ fingerprint, tap }: IndexKey): string {
    if (!/^[0-9a-f]{16,}$/.test(fingerprint) || !/^[a-z0-9][a-z0-9_-]*$/i.test(tap))
      throw new DomainError('internal', `no folder can be named after ${fingerprint}/${tap}`);
    return path.join(this.folder, `${fingerprint.slice(0, 16)}-${tap}`);
  }
}
