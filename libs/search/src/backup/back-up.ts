import { Injectable, Logger } from '@nestjs/common';
import { createReadStream, type Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { ArchiveWriter, type Compression } from '#libs/archive';
import { BlobStore, CatalogueArchive, type CatalogueSnapshot, type KeptOriginal } from '#libs/catalogue';
import { Settings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { contentHash } from '../ingest/prepare-image.js';
import {
  ARCHIVE_FORMAT,
  ARCHIVED_FOLDERS,
  fileEntry,
  MANIFEST_ENTRY,
  originalEntry,
  tableEntry,
  type ArchiveManifest,
} from './archive-layout.js';

/** Bytes of one piece of a table or of a large file. */
const PIECE_BYTES = 8 * 1024 * 1024;
/** What a link gives that leads nowhere; the last one where links lead to each other alone. */
const NOWHERE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/**
 * Use case: everything that cannot be made again as one archive, while the service goes on: the catalogue as of one
 * moment, the originals it speaks of, imported encoders and heads. Thumbnails and the index are made again.
 */
@Injectable()
export class BackUp {
  private readonly logger = new Logger('backup');

  constructor(
    private readonly catalogue: CatalogueArchive,
    private readonly blobs: BlobStore,
    private readonly settings: Settings,
  ) {}

  /** The archive's bytes. They break off with an error when something cannot be read; then there is no archive. */
  stream(compression: Compression): Readable {
    const archive = new ArchiveWriter(compression);
    this.write(archive).catch((error: unknown) => {
      const failure = DomainError.from(error);
      if (!archive.stream.destroyed) this.logger.error(`the backup was broken off: ${failure.message}`);
      archive.fail(failure);
    });
    return archive.stream;
  }

  private write(archive: ArchiveWriter): Promise<void> {
    return this.catalogue.read(async (snapshot) => {
      const manifest: ArchiveManifest = {
        format: ARCHIVE_FORMAT,
        product: 'likeness',
        createdAt: new Date().toISOString(),
        catalogue: snapshot.contents,
      };
      await archive.add(MANIFEST_ENTRY, Buffer.from(JSON.stringify(manifest, null, 1)));
      await writeTables(archive, snapshot);
      for await (const original of snapshot.originals()) {
        const bytes = await this.read(original);
        if (bytes) await archive.add(originalEntry(original.sha256), bytes);
      }
      for (const folder of ARCHIVED_FOLDERS) await this.writeFolder(archive, [folder]);
      await archive.finish();
    });
  }

  /**
   * Null for a training image of somebody's own that is gone or damaged. Archives used to leave missing ones out: a
   * catalogue that was restored from one lacks them, and must not be without backups for that. An image without its
   * original is no backup of it, and might replace the archive that still has it: there the backup breaks off.
   */
  private async read({ sha256, own }: KeptOriginal): Promise<Buffer | null> {
    try {
      const bytes = await this.blobs.read(sha256);
      // A restore refuses an archive with other content, and would blame the archive.
      if ((await contentHash(bytes)) === sha256) return bytes;
    } catch (error) {
      if (!own || DomainError.from(error).code !== 'original_missing') throw error;
      this.logger.warn(`the original ${sha256} of a training image is gone: the backup is made without it`);
      return null;
    }
    if (!own) throw damaged(sha256);
    this.logger.warn(`the original ${sha256} of a training image is damaged: the backup is made without it`);
    return null;
  }

  /**
   * Every file below a folder of the data folder; what begins with a dot directly in it is passed over. A link is what it
   * leads to, as it is for those who read these folders.
   *
   * @param above real paths of the folders that this one was found in
   */
  private async writeFolder(
    archive: ArchiveWriter,
    place: readonly string[],
    above: readonly string[] = [],
  ): Promise<void> {
    const folder = path.join(this.settings.data.dir, ...place);
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (!entries) return;
    const within = [...above, await realpath(folder)];
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      // Downloads and imports under way: not whole yet, and perhaps gone before they are read.
      if (place.length === 1 && entry.name.startsWith('.')) continue;
      const file = path.join(folder, entry.name);
      const found = entry.isSymbolicLink() ? await this.follow(file, within) : entry;
      const inside = [...place, entry.name];
      if (found?.isDirectory() === true) await this.writeFolder(archive, inside, within);
      if (found?.isFile() === true) await writeFile(archive, file, inside);
    }
  }

  /** Null, and a warning, for a link that leads nowhere or back to a folder it lies in. */
  private async follow(link: string, within: readonly string[]): Promise<Stats | null> {
    const found = await stat(link).catch((error: NodeJS.ErrnoException) => {
      if (NOWHERE.has(error.code ?? '')) return null;
      throw error;
    });
    if (found) {
      const target = await realpath(link);
      if (!within.some((folder) => isWithin(folder, target))) return found;
    }
    const reason = found ? 'leads to a folder that it lies in' : 'leads nowhere';
    this.logger.warn(`the link ${link} ${reason}: the backup is made without it`);
    return null;
  }
}

const damaged = (sha256: string): DomainError =>
  new DomainError(
    'backup_broken_off',
    `The original ${sha256} in the data folder is damaged. \`likeness verify --deep\` names its image: ` +
      'bring the file back, or delete the image.',
  );

async function writeTables(archive: ArchiveWriter, snapshot: CatalogueSnapshot): Promise<void> {
  for (const table of snapshot.contents.tables) {
    let piece = 0;
    for await (const bytes of gathered(snapshot.rows(table))) {
      piece++;
      await archive.add(tableEntry(table.name, piece), bytes);
    }
  }
}

/** Whether a folder is `top` or lies in it. */
const isWithin = (folder: string, top: string): boolean => path.relative(top, folder).split(path.sep)[0] !== '..';

/** A large file is several entries of one name; a restore puts them one behind the other. */
async function writeFile(archive: ArchiveWriter, file: string, place: readonly string[]): Promise<void> {
  let pieces = 0;
  for await (const bytes of gathered(createReadStream(file) as AsyncIterable<Buffer>)) {
    await archive.add(fileEntry(place), bytes);
    pieces++;
  }
  if (pieces === 0) await archive.add(fileEntry(place), Buffer.alloc(0));
}

/** The same bytes in large pieces. */
async function* gathered(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    length += chunk.length;
    if (length < PIECE_BYTES) continue;
    yield Buffer.concat(held);
    held = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(held);
}
