import { createReadStream } from 'node:fs';
import { appendFile, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import { readArchive, type ArchiveEntry } from '#libs/archive';
import { storageError, type BlobStore, type CatalogueRestore } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { contentHash } from '../ingest/prepare-image.js';
import {
  MANIFEST_ENTRY,
  parseArchiveManifest,
  placeOf,
  type ArchiveManifest,
  type EntryPlace,
} from './archive-layout.js';

/** Originals being written at a time. */
const AT_ONCE = 8;

export interface RestoreReport {
  readonly createdAt: string;
  readonly tables: number;
  readonly rows: number;
  /** Tables, and columns as `table.column`, that were in the database beside those of Likeness and are not restored. */
  readonly passedOver: readonly string[];
  readonly originals: number;
  /** Images whose original was left where it was: it is there only if it still lies under its path. */
  readonly references: number;
  readonly files: number;
}

/**
 * Reads a whole archive and compares every checksum; changes nothing.
 *
 * @throws DomainError `archive_corrupt`, `archive_newer`, `archive_unreadable`; the signal's reason when it is aborted
 */
export function checkArchive(file: string, signal?: AbortSignal): Promise<ArchiveManifest> {
  return readEntries(
    file,
    async (entry, place) => {
      if (place.kind !== 'original') return;
      if ((await contentHash(await entry.whole())) === place.sha256) return;
      throw new DomainError('archive_corrupt', `The original ${place.sha256} has other content.`);
    },
    signal,
  );
}

/** Use case: an archive into an empty data folder and an empty database. */
export class Restore {
  constructor(
    private readonly catalogue: CatalogueRestore,
    private readonly blobs: BlobStore,
    private readonly dataDir: string,
  ) {}

  /**
   * The archive is read twice: first all of it to compare its checksums, before anything is touched.
   *
   * @param signal stops it, up to the last transaction: what that makes visible is whole
   * @throws DomainError as `checkArchive`, `CatalogueRestore.begin` and `BlobStore.put`; the signal's reason when it is
   *   aborted; a folder that was begun stays marked
   */
  async run(file: string, signal?: AbortSignal): Promise<RestoreReport> {
    const { catalogue, createdAt } = await checkArchive(file, signal);
    signal?.throwIfAborted();
    try {
      const passedOver = await this.catalogue.begin(catalogue);
      const written = await this.fill(file, signal);
      signal?.throwIfAborted();
      await this.catalogue.finish();
      const tables = catalogue.tables.filter(({ name }) => !passedOver.includes(name));
      return {
        createdAt,
        tables: tables.length,
        rows: tables.reduce((sum, { rows }) => sum + rows, 0),
        passedOver,
        references: catalogue.originals.references,
        ...written,
      };
    } finally {
      await this.catalogue.close();
    }
  }

  private async fill(file: string, signal?: AbortSignal): Promise<Pick<RestoreReport, 'originals' | 'files'>> {
    const tables = new TableLoader(this.catalogue);
    const originals = new OriginalWriter(this.blobs);
    const files = new Set<string>();
    try {
      const write = async (entry: ArchiveEntry, place: EntryPlace, manifest: ArchiveManifest): Promise<void> => {
        originals.mustBeWritten();
        if (place.kind === 'table') return tables.add(manifest, place.table, await entry.whole());
        await tables.end();
        if (place.kind === 'original') return originals.add(place.sha256, await entry.whole());
        const target = path.join(this.dataDir, ...place.path);
        await append(target, await entry.whole());
        files.add(target);
      };
      await readEntries(file, write, signal);
      await tables.end();
    } finally {
      await originals.settled();
    }
    originals.mustBeWritten();
    for (const target of files) await sync(target);
    return { originals: originals.count, files: files.size };
  }
}

/** Writes originals while the next ones are read. What could not be written is told later, and never forgotten. */
class OriginalWriter {
  private readonly writing = new Set<Promise<void>>();
  private failure?: DomainError;
  private begun = 0;

  constructor(private readonly blobs: BlobStore) {}

  /** How many there have been. */
  get count(): number {
    return this.begun;
  }

  /** Waits while too many are being written. */
  async add(sha256: string, bytes: Buffer): Promise<void> {
    this.begun++;
    const task: Promise<void> = this.blobs
      .put(sha256, bytes)
      .catch((error: unknown) => void (this.failure ??= DomainError.from(error)))
      .finally(() => this.writing.delete(task));
    this.writing.add(task);
    if (this.writing.size >= AT_ONCE) await Promise.race(this.writing);
  }

  /** Never throws: see `mustBeWritten`. */
  async settled(): Promise<void> {
    await Promise.all(this.writing);
  }

  /** @throws DomainError the first failure among the originals of which the end is known */
  mustBeWritten(): void {
    if (this.failure) throw this.failure;
  }
}

/** Gives the pieces of a table, which come as entries, to one COPY. */
class TableLoader {
  private current?: { readonly name: string; readonly pieces: PassThrough; readonly loading: Promise<void> };

  constructor(private readonly catalogue: CatalogueRestore) {}

  async add(manifest: ArchiveManifest, name: string, bytes: Buffer): Promise<void> {
    if (this.current?.name !== name) {
      await this.end();
      const table = manifest.catalogue.tables.find((candidate) => candidate.name === name);
      if (!table) throw new DomainError('archive_corrupt', `Its manifest knows no table ${name}.`);
      const pieces = new PassThrough();
      const loading = this.catalogue.load(table, pieces);
      loading.catch((error: Error) => pieces.destroy(error));
      this.current = { name, pieces, loading };
    }
    const { pieces, loading } = this.current;
    if (!pieces.write(bytes)) await Promise.race([once(pieces, 'drain'), loading]);
  }

  async end(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    current?.pieces.end();
    await current?.loading;
  }
}

async function readEntries(
  file: string,
  onEntry: (entry: ArchiveEntry, place: EntryPlace, manifest: ArchiveManifest) => unknown,
  signal?: AbortSignal,
): Promise<ArchiveManifest> {
  let manifest: ArchiveManifest | undefined;
  const source = createReadStream(file);
  source.on('error', () => undefined);
  await readArchive(source, async (entry) => {
    signal?.throwIfAborted();
    if (!manifest) {
      if (entry.name !== MANIFEST_ENTRY)
        throw new DomainError('archive_corrupt', 'It does not begin with its manifest.');
      manifest = parseArchiveManifest(await entry.whole());
      return;
    }
    const place = placeOf(entry.name);
    if (!place) throw new DomainError('archive_corrupt', `It has an entry of an unknown kind: ${entry.name}.`);
    await onEntry(entry, place, manifest);
  }).catch((error: unknown) => {
    signal?.throwIfAborted();
    if (error instanceof DomainError) throw error;
    throw unreadable(file, error);
  });
  if (!manifest) throw new DomainError('archive_corrupt', 'It is empty.');
  return manifest;
}

const OF_PATH: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is not there',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
  EISDIR: 'is a folder',
};

function unreadable(file: string, cause: unknown): DomainError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const known = OF_PATH[code];
  const detail = known === undefined ? `${file}: ${message}` : `${file} ${known}.`;
  return new DomainError('archive_unreadable', detail, { cause });
}

/** What goes wrong here is the disk's fault, never the archive's. */
async function append(file: string, bytes: Buffer): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await appendFile(file, bytes);
  } catch (error) {
    throw storageError(error as NodeJS.ErrnoException);
  }
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.sync().finally(() => handle.close());
}
