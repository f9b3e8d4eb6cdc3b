import { Injectable } from '@nestjs/common';
import { ChangeLog, DuplicateReader, type NearRule } from '#libs/catalogue';
import { Columns } from './columns.js';
import type { GroupColumns } from './group-by-best.js';
import { GroupingThread } from './grouping-thread.js';

/** A group of near-duplicates, by id. */
export interface NearGroup {
  /** The highest id in it: groups are listed by this, the newest first. */
  readonly key: number;
  /** Best first. */
  readonly members: readonly NearMember[];
}

export interface NearMember {
  readonly id: number;
  /** Cosine with the best of the group; null for the best itself. */
  readonly score: number | null;
  /** Bits between its perceptual hash and that of the best. */
  readonly distance: number | null;
}

export interface NearGroupPage {
  readonly groups: readonly NearGroup[];
  readonly more: boolean;
  /** Groups on all pages. */
  readonly total: number;
}

/** Images whose quality is asked for with one statement. */
const AT_ONCE = 5_000;
/** Lists that were asked for lately are remembered until something in them changes. */
const MOST_REMEMBERED = 4;

/** Groups of near-duplicates, made from the pairs that the background work has found. */
@Injectable()
export class NearGroups {
  private readonly remembered = new Map<string, Promise<GroupColumns>>();

  constructor(
    private readonly reader: DuplicateReader,
    private readonly changes: ChangeLog,
    private readonly thread: GroupingThread,
  ) {}

  /**
   * Newest first, by the highest id of each. Images that were deleted a moment ago may still be named.
   *
   * @param query.before `key` of the last group of the page before
   */
  async page(
    rule: NearRule,
    { collection, before = Infinity, limit }: { collection?: string; before?: number; limit: number },
  ): Promise<NearGroupPage> {
    const all = await this.all(rule, collection);
    const first = firstBelow(all.keys, before);
    const end = Math.min(all.keys.length, first + limit);
    const groups: NearGroup[] = [];
    for (let at = first; at < end; at++) groups.push(groupAt(all, at));
    return { groups, more: end < all.keys.length, total: all.keys.length };
  }

  private async all(rule: NearRule, collection?: string): Promise<GroupColumns> {
    // Who is in a collection changes without the pairs changing.
    const moment = collection === undefined ? 0 : await this.changes.latestSequence();
    const key = JSON.stringify([await this.reader.version(), moment, rule.threshold, collection]);
    const known = this.remembered.get(key);
    if (known) return known;
    const groups = this.compute(rule, collection);
    this.remembered.set(key, groups);
    groups.catch(() => this.remembered.delete(key));
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > MOST_REMEMBERED && oldest !== undefined) this.remembered.delete(oldest);
    return groups;
  }

  private async compute(rule: NearRule, collection: string | undefined): Promise<GroupColumns> {
    const pairs = new Columns(['low', 'high', 'score', 'distance']);
    const ids = new Set<number>();
    await this.reader.nearPairs(rule, collection, (batch) => {
      for (const { lowId, highId, score, distance } of batch) {
        pairs.add({ low: lowId, high: highId, score, distance });
        ids.add(lowId).add(highId);
      }
    });
    const images = new Columns(['id', 'pixels', 'bytes', 'createdAt']);
    for (let some = take(ids, AT_ONCE); some.length > 0; some = take(ids, AT_ONCE)) {
      for (const image of await this.reader.qualities(some)) {
        images.add({ ...image, createdAt: image.createdAt.getTime() });
      }
    }
    return this.thread.group(pairs.finish(), images.finish());
  }
}

/** Takes up to `count` out of the set. */
function take(ids: Set<number>, count: number): number[] {
  const taken: number[] = [];
  for (const id of ids) {
    if (taken.length === count) break;
    ids.delete(id);
    taken.push(id);
  }
  return taken;
}

/** Number of the first key below `before`, of keys that fall. */
function firstBelow(keys: Float64Array, before: number): number {
  let [from, to] = [0, keys.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((keys[middle] ?? 0) >= before) from = middle + 1;
    else to = middle;
  }
  return from;
}

function groupAt({ keys, offsets, members, scores, distances }: GroupColumns, group: number): NearGroup {
  const [from, to] = [offsets[group] ?? 0, offsets[group + 1] ?? 0];
  const known = (value: number | undefined): number | null =>
    value === undefined || Number.isNaN(value) ? null : value;
  return {
    key: keys[group] ?? 0,
    members: Array.from(members.subarray(from, to), (id, at) => ({
      id,
      score: known(scores[from + at]),
      distance: known(distances[from + at]),
    })),
  };
}
