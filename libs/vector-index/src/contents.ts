import type { BlockLayout } from './matrix/block-layout.js';
import { PartRows } from './matrix/part-rows.js';
import { Part, TailPart, type Moment } from './part.js';
import type { SearcherPool } from './searching/searcher-pool.js';
import type { SegmentHeader } from './storage/segment-header.js';

/** What one search sees: nothing that is applied or swapped later changes it. */
export interface View extends Moment {
  readonly parts: readonly { readonly part: Part; readonly count: number; readonly live: number }[];
  readonly live: number;
  release(): void;
}

/** A change set that is written but not yet seen by searches. */
export interface Draft {
  readonly version: number;
  readonly deleted: Map<Part, number>;
}

/**
 * All rows of an open index and which of them live. Deletion is a version stamped on the row, so that a search goes on
 * seeing the index of the version it began with; all of it belongs to the main thread, searching threads read along.
 */
export class Contents {
  sealed: Part[] = [];
  frozen: TailPart[] = [];
  tail: TailPart;

  constructor(
    readonly layout: BlockLayout,
    private readonly pool: SearcherPool,
    public moment: Moment,
  ) {
    this.tail = this.newTail();
  }

  get parts(): Part[] {
    return [...this.sealed, ...this.frozen, this.tail];
  }

  get live(): number {
    return this.parts.reduce((sum, part) => sum + part.live, 0);
  }

  /** Up to where everything is in sealed segments and their deletions. */
  get sealedUpTo(): Moment {
    return (this.frozen[0] ?? this.tail).since;
  }

  view(): View {
    const parts = this.parts
      .map((part) => ({ part, count: part.count, live: part.live }))
      .filter(({ count }) => count > 0);
    for (const { part } of parts) part.pin();
    const live = parts.reduce((sum, part) => sum + part.live, 0);
    return { ...this.moment, parts, live, release: () => parts.forEach(({ part }) => part.unpin()) };
  }

  begin(): Draft {
    return { version: this.moment.version + 1, deleted: new Map() };
  }

  /** Makes room for rows to come. @throws DomainError `index_unavailable` when there is no memory; nothing is changed */
  reserve(rows: number): void {
    const { tail } = this;
    while (tail.rows.blocks.length * this.layout.rows < tail.written + rows) {
      const memory = this.layout.allocate();
      tail.rows.addBlock(memory);
      this.pool.addBlock(tail, memory);
    }
  }

  /** Room must have been made. */
  put(draft: Draft, id: number, unit: Float32Array): void {
    this.delete(draft, id);
    const { tail } = this;
    const row = tail.written++;
    tail.rows.write(row, id, unit);
    tail.newest.set(id, row);
  }

  delete(draft: Draft, id: number): void {
    const found = this.locate(id);
    if (!found) return;
    found.part.rows.setStamp(found.row, draft.version);
    draft.deleted.set(found.part, (draft.deleted.get(found.part) ?? 0) + 1);
  }

  /** Makes a draft what searches see from now on. */
  publish(draft: Draft, sequence: number): void {
    for (const [part, deleted] of draft.deleted) part.deleted += deleted;
    this.tail.count = this.tail.written;
    this.moment = { sequence, version: draft.version };
    if (this.tail.count === 0) this.tail.since = this.moment;
  }

  /** Where the row of an id is that no later put or delete has replaced, drafts included. */
  locate(id: number): { part: Part; row: number } | null {
    for (const part of [this.tail, ...this.frozen]) {
      const row = part.newest.get(id);
      if (row !== undefined && part.rows.stamp(row) === 0) return { part, row };
    }
    for (const part of this.sealed) {
      const row = part.rows.find(id, part.count);
      if (row >= 0 && part.rows.stamp(row) === 0) return { part, row };
    }
    return null;
  }

  /** Closes the tail, which stays searched until it is sealed, and begins another. */
  freeze(): void {
    if (this.tail.count === 0) return;
    this.frozen.push(this.tail);
    this.tail = this.newTail();
  }

  /** A part for a sealed segment; not searched before `replace`. */
  sealedPart(header: SegmentHeader, memories: readonly WebAssembly.Memory[]): Part {
    const part = new Part(this.pool.newKey(), new PartRows(this.layout, memories), header);
    part.count = header.count;
    this.pool.attach(part);
    return part;
  }

  /** Puts a sealed part in place of those it was made from. */
  replace(sources: readonly Part[], made: Part | null): void {
    const gone = new Set(sources);
    this.sealed = [...this.sealed.filter((part) => !gone.has(part)), ...(made ? [made] : [])];
    this.frozen = this.frozen.filter((part) => !gone.has(part));
    for (const part of sources) part.retire(() => this.pool.detach(part));
  }

  private newTail(): TailPart {
    const part = new TailPart(this.pool.newKey(), new PartRows(this.layout), this.moment);
    this.pool.attach(part);
    return part;
  }
}
