import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ImageRecord } from '../domain/image.js';

/** Records kept, of roughly 1 KiB each: searches of a catalogue up to this size need no statement to name their hits. */
const MOST_RECORDS = 200_000;
/** Followers read the log twice a second at least. When that has stopped, nothing tells this process of others' changes. */
const TRUSTED_FOR_MS = 2_000;

/** A look-up under way; records that are changed meanwhile must not be kept from it. */
export interface Lookup {
  readonly changed: Set<number>;
}

/**
 * Image records this process has read, as of the change log's end as a follower of this process knows it. Own writes are
 * forgotten when they are committed, those of other processes when the follower reads of them: like the index, it is
 * behind by the time a notification takes, never more than `TRUSTED_FOR_MS`.
 */
@Injectable()
export class RecordCache {
  private readonly records = new LRUCache<number, ImageRecord>({ max: MOST_RECORDS });
  private readonly lookups = new Set<Lookup>();
  private followedAt = -Infinity;

  /** The records that are known, in the order of the ids, or null unless all are. */
  all(ids: readonly number[]): ImageRecord[] | null {
    if (performance.now() - this.followedAt > TRUSTED_FOR_MS) return null;
    const found: ImageRecord[] = [];
    for (const id of ids) {
      const record = this.records.get(id);
      if (!record) return null;
      found.push(record);
    }
    return found;
  }

  beginLookup(): Lookup {
    const lookup = { changed: new Set<number>() };
    this.lookups.add(lookup);
    return lookup;
  }

  endLookup(lookup: Lookup, found: Iterable<ImageRecord>): void {
    this.lookups.delete(lookup);
    for (const record of found) {
      if (!lookup.changed.has(record.id)) this.records.set(record.id, record);
    }
  }

  forget(ids: Iterable<number>): void {
    for (const id of ids) {
      this.records.delete(id);
      for (const lookup of this.lookups) lookup.changed.add(id);
    }
  }

  /** @param toEnd whether a follower has now read all there is in the log */
  followed(ids: Iterable<number>, toEnd: boolean): void {
    this.forget(ids);
    if (toEnd) this.followedAt = performance.now();
  }

  /** For a follower that starts over: changes may have passed that it did not read. */
  clear(): void {
    this.forget(this.records.keys());
    this.followedAt = -Infinity;
  }
}
