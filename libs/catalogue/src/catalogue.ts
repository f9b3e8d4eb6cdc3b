import type { Change, EmbeddingSpace } from './domain/change.js';
import type { ImageFilter } from './domain/filter.js';
import type { Arrival, CatalogueCounts, ImagePage, ImageRecord, Metadata, StoredArrival } from './domain/image.js';
import type {
  ClaimedItem,
  ImportItemRecord,
  ImportProgress,
  ImportRecord,
  ImportRequest,
  ItemOutcome,
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
  abstract list(query: { filter: ImageFilter; cursor?: string; limit: number }): Promise<ImagePage>;
  abstract counts(space: EmbeddingSpace): Promise<CatalogueCounts>;
  /** Raw vectors; ids without one are left out. */
  abstract embeddingsOf(space: EmbeddingSpace, ids: readonly number[]): Promise<Map<number, Float32Array>>;
  /** Images that lack an embedding in the space, by ascending id after `afterId`. */
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
   * moves to the new image, and an image left without any source is deleted.
   */
  abstract store(
    encoderId: number,
    arrivals: readonly Arrival[],
    ensureOriginal: EnsureOriginal,
    within?: ImportCompletion,
  ): Promise<StoredArrival[]>;
  /** Adds embeddings to images that are there; ids that are gone are passed over. */
  abstract addEmbeddings(encoderId: number, tap: string, vectors: ReadonlyMap<number, Float32Array>): Promise<void>;
  abstract updateMetadata(id: number, metadata: Metadata, mode: 'merge' | 'replace'): Promise<ImageRecord | null>;
  abstract setCollections(id: number, names: readonly string[]): Promise<ImageRecord | null>;
  /** @returns sha256 of the originals that no image needs any more, and the sequence after which none is found */
  abstract delete(ids: readonly number[]): Promise<{ deleted: number[]; orphaned: string[]; sequence: number }>;
  /** Runs `remove` for content that no image has, with arrivals of that content kept waiting. */
  abstract collectGarbage(sha256: string, remove: () => Promise<void>): Promise<boolean>;
}

/** Import items that are finished by the same transaction that stores their images, in the order of the arrivals. */
export interface ImportCompletion {
  readonly owner: string;
  readonly itemIds: readonly number[];
}

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
  /** Smallest sequence from which a follower can still replay. */
  abstract trimmedTo(): Promise<number>;
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
  /** Drops changes that every follower has on disk. */
  abstract trim(): Promise<number>;
}

/** Port: durable imports. */
export abstract class Imports {
  abstract create(request: ImportRequest): Promise<ImportRecord>;
  abstract find(id: number): Promise<ImportProgress | null>;
  abstract list(limit: number): Promise<ImportProgress[]>;
  abstract unfinished(): Promise<ImportRecord[]>;
  /** Adds a batch while listing; a path that is already listed is passed over. */
  abstract addItems(importId: number, items: readonly NewItem[]): Promise<void>;
  /** Marks items whose file is known with the same size and time as unchanged, before any work is done. */
  abstract settleUnchanged(importId: number): Promise<number>;
  /** From `listing` to `running`; also removes vanished files where asked for. */
  abstract finishListing(importId: number): Promise<{ orphaned: string[] }>;
  abstract setFailed(importId: number, error: SerialisedError): Promise<void>;
  /** Takes items of living imports that are pending or whose owner is dead, so that no other owner takes them too. */
  abstract claim(owner: string, limit: number, importId?: number): Promise<ClaimedItem[]>;
  abstract failItems(owner: string, failures: readonly { itemId: number; error: SerialisedError }[]): Promise<void>;
  /** Sets `done` where nothing is left to do. */
  abstract finishIfComplete(importId: number): Promise<boolean>;
  abstract cancel(importId: number): Promise<ImportProgress | null>;
  /** Failed items become pending again. */
  abstract retryFailed(importId: number): Promise<number>;
  abstract items(
    importId: number,
    query: { status?: ItemStatus; cursor?: number; limit: number },
  ): Promise<{ items: ImportItemRecord[]; nextCursor: number | null }>;
  abstract failedCount(): Promise<number>;
}

/** Port: the catalogue as a resource: started, migrated, owned, closed. */
export abstract class CatalogueLifecycle {
  /** Connects (starting the embedded server where there is none), migrates under a lock. */
  abstract start(): Promise<void>;
  /** Throws `database_unavailable` when it does not answer. */
  abstract ping(): Promise<void>;
  abstract stop(): Promise<void>;
}

export type { ItemOutcome };
