import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import type { IndexDamage, IndexIdentity } from '../vector-index.js';
import { readJson, replaceFile, storageError } from './durable-file.js';
import { formatManifest, parseManifest, segmentHeaderSchema, type Manifest } from './manifest.js';
import {
  namesOf,
  sameParameters,
  segmentMismatch,
  type GraphParameters,
  type SegmentHeader,
} from './segment-header.js';

const MANIFEST = 'manifest.json';
/** Damaged files are kept here for whoever wants to know why. */
const ASIDE = 'damaged';

/** The folder of one index: a manifest, the segments it names, and nothing else. */
export class SnapshotStore {
  manifestBytes = 0;
  /** Segments of the manifest on disk, which needs them whatever became of them since. */
  private written: readonly SegmentHeader[] = [];

  constructor(readonly folder: string) {}

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /**
   * The manifest, when it is whole and of this index.
   *
   * @returns the reason instead when there is none to trust
   */
  async read(identity: IndexIdentity, parameters: GraphParameters | null): Promise<Manifest | string> {
    await this.prepare();
    let text: string;
    try {
      text = await readFile(this.file(MANIFEST), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'there is no snapshot';
      throw new DomainError('data_folder_unusable', `${this.file(MANIFEST)} cannot be read`, { cause: error });
    }
    try {
      const manifest = parseManifest(text);
      this.manifestBytes = Buffer.byteLength(text);
      this.written = manifest.segments.map(({ header }) => header);
      return this.mismatch(manifest, identity, parameters) ?? manifest;
    } catch (error) {
      await this.putAside(MANIFEST);
      return `${MANIFEST} is damaged: ${(error as Error).message.split('\n')[0]}`;
    }
  }

  /** Swaps the manifest atomically. @throws DomainError `storage_full` or `data_folder_unusable` */
  async write(manifest: Manifest): Promise<void> {
    const text = formatManifest(manifest);
    try {
      await replaceFile(this.file(MANIFEST), text);
      this.written = manifest.segments.map(({ header }) => header);
      this.manifestBytes = Buffer.byteLength(text);
    } catch (error) {
      throw storageError(error, this.file(MANIFEST));
    }
  }

  /** Removes every file that belongs to no listed segment and none of the manifest on disk. */
  async removeUnreferenced(headers: readonly SegmentHeader[], keepManifest = true): Promise<void> {
    await this.prepare();
    if (!keepManifest) this.written = [];
    const kept = new Set([ASIDE, ...[...headers, ...this.written].flatMap(namesOf)]);
    if (keepManifest) kept.add(MANIFEST);
    for (const name of await readdir(this.folder)) {
      if (!kept.has(name)) await rm(this.file(name), { recursive: true, force: true });
    }
  }

  /** Moves a damaged file out of the way, over what was put there before. */
  async putAside(name: string): Promise<void> {
    await mkdir(this.file(ASIDE), { recursive: true });
    await rename(this.file(name), path.join(this.file(ASIDE), name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  /** Checks the manifest and the segments' headers; the large files are checked by the sealing thread. */
  async damage(headers: readonly SegmentHeader[]): Promise<IndexDamage[]> {
    const found: IndexDamage[] = [];
    const check = async (file: string, read: () => Promise<unknown>): Promise<void> => {
      await read().catch((error: Error) => found.push({ file, reason: error.message }));
    };
    if (await this.exists(MANIFEST)) {
      await check(MANIFEST, async () => parseManifest(await readFile(this.file(MANIFEST), 'utf8')));
    } else if (headers.length > 0) {
      found.push({ file: MANIFEST, reason: 'it is missing' });
    }
    for (const header of headers) await check(`${header.name}.json`, () => this.checkHeader(header));
    return found;
  }

  /** @throws Error when the header on disk is not the one the manifest names */
  async checkHeader(header: SegmentHeader): Promise<void> {
    const found = segmentHeaderSchema.parse(await readJson(this.file(`${header.name}.json`)));
    if (JSON.stringify(found) !== JSON.stringify(segmentHeaderSchema.parse(header))) {
      throw new Error(`${header.name}.json does not say what the manifest says of it`);
    }
  }

  private mismatch(manifest: Manifest, identity: IndexIdentity, parameters: GraphParameters | null): string | null {
    if (manifest.epoch !== identity.epoch) return 'the snapshot is of another life of the catalogue';
    if (manifest.fingerprint !== identity.fingerprint) return 'the snapshot is of another encoder';
    if (manifest.tap !== identity.tap) return 'the snapshot is of another tap';
    if (manifest.dimension !== identity.dimension) return 'the snapshot has vectors of another dimension';
    if (!sameParameters(manifest.graphParameters, parameters)) return 'the snapshot was built with other parameters';
    for (const { header } of manifest.segments) {
      const reason = segmentMismatch(header, identity, parameters);
      if (reason) return `segment ${header.name} ${reason}`;
    }
    return null;
  }

  private async prepare(): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true });
    } catch (error) {
      throw storageError(error, this.folder);
    }
  }

  private async exists(name: string): Promise<boolean> {
    return stat(this.file(name)).then(
      () => true,
      () => false,
    );
  }
}
