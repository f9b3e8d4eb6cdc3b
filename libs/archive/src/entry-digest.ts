import { createHash, type Hash } from 'node:crypto';

/** Last entry of every archive: without it an archive is not whole. */
export const END_ENTRY = 'end.json';

/** What the last entry says of all before it. */
export interface ArchiveEnd {
  readonly entries: number;
  readonly bytes: number;
  /** SHA-256 over the lines `<sha256> <bytes> <name>` of all entries in order. */
  readonly sha256: string;
}

/** Adds up entries as they are written or read. */
export class EntryDigest {
  private readonly hash: Hash = createHash('sha256');
  private entries = 0;
  private bytes = 0;

  add(name: string, bytes: number, sha256: string): void {
    this.entries++;
    this.bytes += bytes;
    this.hash.update(`${sha256} ${bytes} ${name}\n`);
  }

  end(): ArchiveEnd {
    return { entries: this.entries, bytes: this.bytes, sha256: this.hash.copy().digest('hex') };
  }
}

/** Where an entry's checksum stands in its header: pax's `comment`, which every tar program reads and passes over. */
export const checksumComment = (sha256: string): string => `sha256:${sha256}`;

export function commentedChecksum(comment: string | undefined): string | null {
  return /^sha256:([0-9a-f]{64})$/.exec(comment ?? '')?.[1] ?? null;
}
