/** Port: the originals, addressed by content. */
export abstract class BlobStore {
  /** Keeps the bytes so that they survive a power cut; nothing happens where they are kept already. Throws `storage_full`. */
  abstract put(sha256: string, bytes: Buffer): Promise<void>;
  abstract has(sha256: string): Promise<boolean>;
  /** @throws DomainError `original_missing` */
  abstract read(sha256: string): Promise<Buffer>;
  abstract remove(sha256: string): Promise<void>;
}

/** Port: thumbnails. They can be made again from the originals, so losing one is no loss. */
export abstract class ThumbnailStore {
  abstract put(sha256: string, bytes: Buffer): Promise<void>;
  abstract read(sha256: string): Promise<Buffer | null>;
  abstract remove(sha256: string): Promise<void>;
}
