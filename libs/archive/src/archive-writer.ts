import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { pipeline, type Readable } from 'node:stream';
import { pack, type Header, type Pack } from 'tar-stream';
import { compressor, type Compression } from './compression.js';
import { checksumComment, END_ENTRY, EntryDigest } from './entry-digest.js';

/**
 * Writes a tar archive (POSIX pax) entry by entry, with a checksum in each entry's header and a last entry that says
 * what came before it. Nothing is kept in memory but the entry at hand.
 *
 * @example
 * const archive = new ArchiveWriter('gzip');
 * await Promise.all([pipeline(archive.stream, file), fill(archive)]);
 */
export class ArchiveWriter {
  /** The bytes of the archive. */
  readonly stream: Readable;
  private readonly tar: Pack = pack();
  private readonly digest = new EntryDigest();
  private failure?: Error;
  /** Rejects when the stream was ended before the archive was. */
  private readonly broken: Promise<never>;

  constructor(compression: Compression) {
    const compressing = compressor(compression);
    this.stream = compressing;
    this.broken = new Promise((_resolve, reject) => {
      pipeline(this.tar, compressing, (error) => {
        this.failure ??= error ?? undefined;
        if (error) reject(this.failure ?? error);
      });
    });
    this.broken.catch(() => undefined);
  }

  /** Adds a file; waits while whoever reads the archive is slower. @throws Error when the reader has gone away */
  async add(name: string, bytes: Buffer): Promise<void> {
    if (this.failure) throw this.failure;
    const sha256 = Buffer.from(await webcrypto.subtle.digest('SHA-256', new Uint8Array(bytes))).toString('hex');
    this.digest.add(name, bytes.length, sha256);
    // The typings leave out `pax`; times are the same in every archive, so that equal contents are equal archives.
    const header = {
      name,
      size: bytes.length,
      mtime: new Date(0),
      pax: { comment: checksumComment(sha256) },
    } as Header;
    const entry = this.tar.entry(header);
    entry.end(bytes);
    await Promise.race([once(entry, 'finish'), this.broken]);
  }

  /** Writes the last entry; the archive is whole once its stream has ended. */
  async finish(): Promise<void> {
    await this.add(END_ENTRY, Buffer.from(JSON.stringify(this.digest.end())));
    this.tar.finalize();
  }

  /** Breaks the archive off, so that its reader gets an error instead of an end. */
  fail(error: Error): void {
    this.failure = error;
    this.stream.destroy(error);
  }
}
