import { createHash } from 'node:crypto';
import { pipeline, type Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import { DomainError } from '#libs/errors';
import { decompressed } from './compression.js';
import { commentedChecksum, END_ENTRY, EntryDigest, type ArchiveEnd } from './entry-digest.js';

export interface ArchiveEntry {
  readonly name: string;
  readonly bytes: number;
  /** The content, in pieces. What is not read is read over. A piece is not yet known to be right: `whole` is. */
  pieces(): AsyncIterable<Buffer>;
  /** The whole content, its checksum compared. @throws DomainError `archive_corrupt` */
  whole(): Promise<Buffer>;
}

/**
 * Reads an archive from its first entry to its last and compares every checksum.
 *
 * @param onEntry called for one entry after another; the next waits for its promise
 * @throws DomainError `archive_corrupt` when it is damaged, cut short or not one of ours
 */
export async function readArchive(bytes: Readable, onEntry: (entry: ArchiveEntry) => Promise<void>): Promise<void> {
  const source = await decompressed(bytes);
  const tar = extract();
  let broken: Error | undefined;
  pipeline(source, tar, (error) => {
    broken = error ?? undefined;
  });
  const digest = new EntryDigest();
  let end: ArchiveEnd | undefined;
  try {
    for await (const entry of tar) {
      const { name, size = 0, pax } = entry.header as Header & { pax?: { comment?: string } };
      if (end) throw corrupt(`there is something after its last entry: ${name}`);
      const expected = commentedChecksum(pax?.comment);
      if (expected === null) throw corrupt(`the entry ${name} has no checksum`);
      const hash = createHash('sha256');
      const pieces = async function* (): AsyncGenerator<Buffer> {
        for await (const piece of entry) {
          hash.update(piece as Buffer);
          yield piece as Buffer;
        }
        if (hash.copy().digest('hex') !== expected) throw corrupt(`the entry ${name} does not match its checksum`);
      };
      const reading = pieces();
      const whole = async (): Promise<Buffer> => {
        const all: Buffer[] = [];
        for await (const piece of reading) all.push(piece);
        return Buffer.concat(all);
      };
      if (name === END_ENTRY) {
        end = JSON.parse((await whole()).toString()) as ArchiveEnd;
        continue;
      }
      await onEntry({ name, bytes: size, pieces: () => reading, whole });
      while ((await reading.next()).done !== true);
      digest.add(name, size, expected);
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    if (isFormatError(error)) throw corrupt(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    source.destroy();
    bytes.destroy();
  }
  if (broken && !end) throw corrupt(broken.message);
  if (!end) throw corrupt('it ends before its last entry');
  const found = digest.end();
  if (found.entries !== end.entries || found.bytes !== end.bytes || found.sha256 !== end.sha256) {
    throw corrupt(`it has ${found.entries} entries, its last entry speaks of ${end.entries}`);
  }
}

const corrupt = (reason: string): DomainError =>
  new DomainError('archive_corrupt', `The archive is damaged, cut short, or none of Likeness: ${reason}.`);

/** Errors of zlib and tar-stream, which come from the bytes; those of the file system have a `syscall`. */
const isFormatError = (error: unknown): boolean =>
  error instanceof Error && !('syscall' in error) && !(error instanceof TypeError) && !(error instanceof RangeError);
