import type { SerialisedError } from '#libs/errors';
import type { Metadata } from './image.js';

export type ImportStatus = 'listing' | 'running' | 'done' | 'cancelled' | 'failed';
export type ItemStatus = 'pending' | 'leased' | 'done' | 'failed' | 'cancelled';
/** How a finished item ended: `unchanged` was known by path, size and time; `removed` has vanished from the folder. */
export type ItemOutcome = 'added' | 'existing' | 'replaced' | 'unchanged' | 'removed';

export interface ImportRequest {
  /** Absolute path of a folder, or of a manifest (.csv, .ndjson, .jsonl). */
  readonly root: string;
  readonly collection?: string;
  /** Leave the originals where they are instead of copying them. */
  readonly reference: boolean;
  /** Folder only: images whose file is no longer there lose that source. */
  readonly removeVanished: boolean;
}

export interface ImportRecord extends ImportRequest {
  readonly id: number;
  readonly status: ImportStatus;
  readonly error: SerialisedError | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface ImportProgress extends ImportRecord {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly left: number;
  readonly outcomes: Readonly<Record<ItemOutcome, number>>;
  /** Items per second over the last minute; null before there is anything to measure. */
  readonly rate: number | null;
  /** Seconds left at that rate. */
  readonly etaSeconds: number | null;
}

export interface NewItem {
  /** Absolute path; also the key of the image's source. */
  readonly path: string;
  readonly externalId?: string;
  readonly metadata?: Metadata;
  /** Bytes and modification time (ms) when listed; null where the file could not be looked at. */
  readonly size: number | null;
  readonly modifiedMs: number | null;
  /** Set where the listing already found that the item cannot be taken in. */
  readonly error?: SerialisedError;
}

export interface ClaimedItem extends NewItem {
  readonly id: number;
  readonly importId: number;
  /** How often it has been taken up, this time included. */
  readonly attempts: number;
}

export interface ImportItemRecord {
  readonly id: number;
  readonly path: string;
  readonly status: ItemStatus;
  readonly outcome: ItemOutcome | null;
  readonly imageId: number | null;
  readonly error: SerialisedError | null;
  readonly attempts: number;
}
