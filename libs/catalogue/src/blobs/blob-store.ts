/** Port: the originals, addressed by content. */
export abstract class BlobStore {
  /** Keeps the bytes so that they survive a power cut. @throws DomainError `storage_full`, `data_folder_unusable` */
  abstract put(sha256: string, bytes: Buffer): Promise<void>;
  /** As `put`, for bytes that are most likely there already: then nothing is written. */
  abstract ensure(sha256: string, bytes: Buffer): Promise<void>;
  abstract has(sha256: string): Promise<boolean>;
  /** @throws DomainError `original_missing` */
  abstract read(sha256: string): Promise<Buffer>;
  /** Removes what writers that died have left half written. @returns how many files */
  abstract removeUnfinished(olderThanMs: number): Promise<number>;
  abstract remove(sha256: string): Promise<void>;
}

/** Port: thumbnails. They can be made again from the originals, so losing one is no loss. */
export abstract class ThumbnailStore {
  abstract put(sha256: string, bytes: Buffer): Promise<void>;
  abstract read(sha256: string): Promise<Buffer | null>;
  /** Removes what writers that died have left half written. @returns how many files */
  abstract removeUnfinished(olderThanMs: number): Promise<number>;
  abstract remove(sha256: string): Promise<void>;
}
