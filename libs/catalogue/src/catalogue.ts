import type { Change, EmbeddingSpace } from './domain/change.js';
import type { ImageFilter } from './domain/filter.js';
import type { Arrival, ImagePage, ImageRecord, Metadata, StoredArrival } from './domain/image.js';
import type {
  ClaimedItem,
  ImportItemRecord,
  ImportProgress,
  ImportRecord,
  ImportRequest,
  ImportStatus,
  ItemStatus,
  NewItem,
} from './domain/import.js';
import type { SerialisedError } from '#libs/errors';

/** Port: what the catalogue knows of images. */
export abstract class ImageReader {
  /** In the order asked for; ids that are not there are left out. */
  abstract findByIds(ids: readonly number[]): Promise<ImageRecord[]>;
  abstract findById(id: number): Promise<ImageRecord | null>;
  /** Ids of images with that content, by sha256. */
  abstract findIdsByContent(sha256: readonly string[]): Promise<Map<string, number>>;
  /** @throws DomainError `invalid_request` for a cursor or a filter that cannot be used */
  abstract list(query: { filter?: ImageFilter; cursor?: string; limit: number }): Promise<ImagePage>;
  /** Raw vectors; ids without one are left out. */
  abstract embeddingsOf(space: EmbeddingSpace, ids: readonly number[]): Promise<Map<number, Float32Array>>;
  /** Which of the ids have an embedding in the space. */
  abstract whichAreEmbedded(space: EmbeddingSpace, ids: readonly number[]): Promise<Set<number>>;
  /** Images that lack an embedding in the space and are not noted as a gap of it, by ascending id after `afterId`. */
  abstract findWithoutEmbedding(space: EmbeddingSpace, afterId: number, limit: number): Promise<ImageRecord[]>;
  /** Ids of all images that have an embedding in the space, ascending. */
  abstract embeddedIds(space: EmbeddingSpace): Promise<Float64Array>;
}

/** What `ImageWriter.store` asks back before it commits, holding the content's lock: make sure the original is there. */
export type EnsureOriginal = (sha256: string) => Promise<void>;

/** Port: changes images. Each call is one transaction, acknowledged when it returns. */
export abstract class ImageWriter {
  /**
   * Stores arrivals in order. Content that is already there is not stored twice; a source that named other content
   * moves to the new image, and an image left without any source is deleted, during an import only at its end.
   *
   * @param items items of one import to finish in the same transaction, one for each arrival. An arrival whose item is no
   *   longer leased by this process is passed over.
   */
  abstract store(
    arrivals: readonly Arrival[],
    ensureOriginal: EnsureOriginal,
    items?: readonly number[],
  ): Promise<StoreResult[]>;
  /** Adds embeddings to images that are there, which are no gaps any more; ids that are gone are passed over. */
  abstract addEmbeddings(space: EmbeddingSpace, vectors: ReadonlyMap<number, Float32Array>): Promise<void>;
  /** `merge` adds and replaces top-level keys and removes those that are given as null. */
  abstract updateMetadata(id: number, metadata: Metadata, mode: 'merge' | 'replace'): Promise<ImageRecord | null>;
  abstract setCollections(id: number, names: readonly string[]): Promise<ImageRecord | null>;
  /** @returns the ids that were there, and the change-log sequence after which no search finds them */
  abstract delete(ids: readonly number[]): Promise<{ deleted: number[]; sequence: number }>;
  /**
   * Runs `remove` for originals whose image is gone, each with arrivals of that content kept waiting.
   *
   * @returns how many were looked at; fewer than `limit` when no more are left
   */
  abstract collectGarbage(limit: number, remove: (sha256: string) => Promise<void>): Promise<number>;
}

/**
 * `gone`: a known image was deleted meanwhile, prepare it again; `incomplete`: it lacks an embedding at a space where by
 * now no image may lack one, prepare it again; `passed-over`: its import item belongs to somebody else.
 */
export type StoreResult =
  | { readonly status: 'stored'; readonly stored: StoredArrival }
  | { readonly status: 'gone' | 'incomplete' | 'passed-over' };

export interface CollectionRecord {
  readonly name: string;
  readonly images: number;
  readonly createdAt: Date;
}

/** Port: named collections. */
export abstract class Collections {
  abstract list(): Promise<CollectionRecord[]>;
  abstract exists(name: string): Promise<boolean>;
  /** Idempotent. */
  abstract create(name: string): Promise<void>;
  /** Removes the name; the images stay. */
  abstract remove(name: string): Promise<boolean>;
}

/** Port: encoders the catalogue has embeddings of. */
export abstract class Encoders {
  /** Idempotent; the id that stands for the fingerprint. */
  abstract register(encoder: { name: string; fingerprint: string; manifest: unknown }): Promise<number>;
}

/** Port: the change log. Sequence order is commit order. */
export abstract class ChangeLog {
  /** New at every restore. */
  abstract epoch(): Promise<string>;
  /** Sequence of the newest committed change; 0 when there is none. */
  abstract latestSequence(): Promise<number>;
  /**
   * Whether who knows the catalogue up to `sequence` can go on from there: not where later changes have been trimmed, nor
   * where the log ends before it, as after the database went back to an older copy.
   */
  abstract canReplayFrom(sequence: number): Promise<boolean>;
  /** Changes after `sequence` in order, at most `limit`. Changes of other spaces count for `upTo` and are left out. */
  abstract readAfter(
    space: EmbeddingSpace,
    sequence: number,
    limit: number,
  ): Promise<{ changes: Change[]; upTo: number; more: boolean }>;
  /** The whole space in ascending id, streamed, as of one moment. */
  abstract snapshot(
    space: EmbeddingSpace,
    onBatch: (batch: { ids: number[]; vectors: Float32Array[] }) => Promise<void>,
  ): Promise<{ sequence: number }>;
  /** Calls back, with no promise of each change being told, when there may be something new. */
  abstract onChange(listener: () => void): () => void;
  /** Tells up to where a follower is safe on disk, so that older changes can go. */
  abstract saveFollower(name: string, sequence: number): Promise<void>;
  /** For a follower that is no more. */
  abstract forgetFollower(name: string): Promise<void>;
  /** Drops changes that every follower has on disk. */
  abstract trim(): Promise<number>;
}

/** Port: durable imports. */
export abstract class Imports {
  abstract create(request: ImportRequest): Promise<ImportRecord>;
  abstract find(id: number): Promise<ImportProgress | null>;
  /** Newest first; of one folder or manifest where `root` names it. */
  abstract list(limit: number, root?: string): Promise<ImportProgress[]>;
  abstract unfinished(): Promise<ImportRecord[]>;
  /** Imports that are not finished and that no living process works on alone or holds items of, by ascending id. */
  abstract unattended(): Promise<number[]>;
  /** For the listing and the end: runs `work` unless one of them is under way; resolves to false then. */
  abstract workAlone(importId: number, work: () => Promise<boolean>): Promise<boolean>;
  /** Items in the hands of a process that died, of imports that were cancelled meanwhile, are cancelled too. */
  abstract settleCancelled(): Promise<void>;
  /**
   * Drops what an earlier listing that did not come to its end has found: it is found again.
   *
   * @returns the number of the listing; null, and nothing is changed, where the import is not being listed any more
   */
  abstract beginListing(importId: number): Promise<number | null>;
  /**
   * Adds a batch; a path that is already listed is passed over.
   *
   * @param state that the import has to be in; while it is listed unless another is named
   * @returns false, and nothing is changed, where it is not
   */
  abstract addItems(importId: number, items: readonly NewItem[], state?: ImportStatus): Promise<boolean>;
  /** Marks items whose file is known with the same size and time as unchanged, before any work is done. */
  abstract settleUnchanged(importId: number): Promise<number>;
  /** Paths below the import's folder that images came from and the listing did not find, ascending, after `after`. */
  abstract unlisted(importId: number, after: string, limit: number): Promise<string[]>;
  /**
   * Files that are gone: images lose that source.
   *
   * @returns false, and nothing is changed, where the import is still being listed or has ended
   */
  abstract removeVanished(importId: number, paths: readonly string[]): Promise<boolean>;
  /**
   * Once every item is settled: of the images that a source has left in the import, or in an earlier one of the same files
   * that has ended, those without any source are deleted. One that a file which could not be taken in may be of is kept for
   * a retry or the next import.
   *
   * @param after image to go on after, of ascending ids
   * @returns the last of at most `limit` that were looked at; null where there is none, or the import is not at its end
   */
  abstract settleLeft(importId: number, after: number, limit: number): Promise<number | null>;
  /**
   * From `listing` to `running`. A process that lost the lock of `workAlone` may still list while another one has begun
   * anew and dropped what it found, so only the listing that began last ends the import's.
   *
   * @param listing what `beginListing` gave
   * @returns false, and nothing is changed, where another one has begun or the import is not being listed any more
   */
  abstract finishListing(importId: number, listing: number): Promise<boolean>;
  abstract setFailed(importId: number, error: SerialisedError): Promise<void>;
  /** Leases items that are pending or whose process has died, so that no other process takes them too. */
  abstract claim(importId: number, limit: number): Promise<ClaimedItem[]>;
  /** Gives leased items back, as if they had never been taken. */
  abstract release(itemIds: readonly number[]): Promise<void>;
  abstract failItems(failures: readonly { itemId: number; error: SerialisedError }[]): Promise<void>;
  /** Sets `done` where nothing is left to do. */
  abstract finishIfComplete(importId: number): Promise<boolean>;
  abstract cancel(importId: number): Promise<ImportProgress | null>;
  /**
   * Failed and cancelled items become pending again; an import that ended before all was listed is to be listed again.
   *
   * @returns whether there is anything to do again
   */
  abstract retryFailed(importId: number): Promise<boolean>;
  abstract items(
    importId: number,
    query: { status?: ItemStatus; cursor?: number; limit: number },
  ): Promise<{ items: ImportItemRecord[]; nextCursor: number | null }>;
  /**
   * A step of keeping the items few: those of an import that has ended are dropped, at most `limit` at a time, once a later
   * one of the same folder or manifest, with the same collection and reference, is done. Their counts stay.
   *
   * @returns whether there was anything to do
   */
  abstract dropSuperseded(limit: number): Promise<boolean>;
  /** Items of unfinished imports that are still to be worked on. */
  abstract leftCount(): Promise<number>;
  abstract failedCount(): Promise<number>;
}

/** Port: durable jobs, shared by all processes on one catalogue. A job that failed or was cut off runs again. */
export abstract class JobQueue {
  /** @throws DomainError `database_unavailable` */
  abstract send(queue: string, data: object): Promise<void>;
  /** @param cron five fields, UTC; at most one job waits */
  abstract schedule(queue: string, cron: string): Promise<void>;
  abstract work(queue: string, handler: (data: object) => Promise<void>): Promise<void>;
}

/** Port: the catalogue as a resource: started, migrated, owned, closed. */
export abstract class CatalogueLifecycle {
  /** Connects (starting the embedded server where there is none), migrates under a lock. */
  abstract start(): Promise<void>;
  /** Throws `database_unavailable` when it does not answer. */
  abstract ping(): Promise<void>;
  /** Tells other processes on this machine where the service of this data folder listens. */
  abstract announce(url: string): Promise<void>;
  abstract stop(): Promise<void>;
}
