import type { PartRows } from './matrix/part-rows.js';
import type { SegmentHeader } from './storage/segment-header.js';

/** A moment of the change log: everything up to it, nothing after. */
export interface Moment {
  readonly sequence: number;
  readonly version: number;
}

/** Rows that are searched together: a sealed segment, or the tail, or a former tail that waits to be sealed. */
export class Part {
  /** Published rows; what is being written lies after them. */
  count = 0;
  /** Published rows that are deleted. */
  deleted = 0;
  /** Number of the searching thread that has the graph; without one the rows are scanned. */
  graphOwner?: number;
  private pins = 0;
  private onUnused?: () => void;

  constructor(
    readonly key: number,
    readonly rows: PartRows,
    /** Sealed segments have one, and ascending ids. */
    readonly header?: SegmentHeader,
  ) {}

  get sorted(): boolean {
    return this.header !== undefined;
  }

  get live(): number {
    return this.count - this.deleted;
  }

  get hasGraph(): boolean {
    return this.header?.graph !== undefined && this.header.graph !== null;
  }

  /** Smallest id, of deleted rows too; Infinity where there is no row. */
  get firstId(): number {
    return this.count > 0 ? this.rows.id(0) : Infinity;
  }

  /** Largest id, of deleted rows too; −Infinity where there is no row. */
  get lastId(): number {
    return this.count > 0 ? this.rows.id(this.count - 1) : -Infinity;
  }

  pin(): void {
    this.pins++;
  }

  unpin(): void {
    this.pins--;
    this.settle();
  }

  /** Calls back once no running search needs the part any more. */
  retire(onUnused: () => void): void {
    this.onUnused = onUnused;
    this.settle();
  }

  private settle(): void {
    if (this.pins > 0 || !this.onUnused) return;
    this.onUnused();
    this.onUnused = undefined;
  }
}

/** A part that takes writes or did so lately: ids in order of arrival. */
export class TailPart extends Part {
  /** Newest row of each id. */
  readonly newest = new Map<number, number>();
  /** Rows written, published or not. */
  written = 0;

  /** @param since everything up to here is in older parts */
  constructor(
    key: number,
    rows: PartRows,
    public since: Moment,
  ) {
    super(key, rows);
  }

  override get firstId(): number {
    return this.ids().reduce((least, id) => Math.min(least, id), Infinity);
  }

  override get lastId(): number {
    return this.ids().reduce((most, id) => Math.max(most, id), -Infinity);
  }

  private ids(): number[] {
    return [...this.newest.keys()];
  }
}
