import { Logger } from '@nestjs/common';
import type { ChangeLog, EmbeddingSpace } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { hasDirection, type IndexEntry, type VectorIndexWriter } from '#libs/vector-index';

/** Changes read and applied at a time: enough to be quick, little enough (4 MiB of vectors) to stay light. */
const BATCH = 1024;
/** How long a caller waits for its own write to be found. */
const REACH_TIMEOUT_MS = 30_000;
/**
 * Changes that may be in memory alone: few enough that a start replays them in seconds and the log stays small, enough
 * that the small segments which sealing makes stay rare.
 */
const MOST_UNSAVED = 50_000;

/** What a follower follows, and what its index has to be. */
export interface FollowedSpace extends EmbeddingSpace {
  readonly fingerprint: string;
  readonly dimension: number;
}

/** Who scores what comes. */
export interface ArrivalListener {
  /** Given the images that have come, before searches find them. */
  onArrivals(ids: readonly number[]): Promise<void>;
  /** The index was filled anew: images may have come with that of which `onArrivals` was not told. */
  onRefilled(): void;
}

/** Keeps the index of one space equal to the catalogue by following the change log. */
export class SpaceFollower {
  private readonly logger = new Logger('index');
  private unsubscribe?: () => void;
  private pulling?: Promise<void>;
  private again = false;
  private stopped = false;
  private sequence = 0;
  /** Whether the index must be filled anew before changes mean anything to it. */
  private stale = false;
  private waiting: { sequence: number; resolve: () => void }[] = [];

  constructor(
    private readonly changeLog: ChangeLog,
    private readonly index: VectorIndexWriter,
    private readonly space: FollowedSpace,
    private readonly listener: ArrivalListener,
    private readonly mostUnsaved = MOST_UNSAVED,
  ) {}

  /** Loads the snapshot, replays or rebuilds, and goes on following. Resolves when the index has caught up. */
  async start(): Promise<{ sequence: number; how: string }> {
    const epoch = await this.changeLog.epoch();
    const { fingerprint, tap, dimension } = this.space;
    const opened = await this.index.open({ epoch, fingerprint, tap, dimension });
    this.sequence = opened.sequence;
    this.stale = opened.sequence === 0;
    const how = await this.pull();
    this.unsubscribe = this.changeLog.onChange(() => this.wake());
    this.wake();
    return { sequence: this.sequence, how: `${opened.reason}; ${how}` };
  }

  /** Change-log sequence up to which the index knows the catalogue. */
  get position(): number {
    return this.sequence;
  }

  /** Resolves when everything up to `sequence` can be found. @throws DomainError `timed_out` */
  async reached(sequence: number): Promise<void> {
    if (this.sequence >= sequence) return;
    this.wake();
    let timer: NodeJS.Timeout | undefined;
    const arrived = new Promise<void>((resolve) => this.waiting.push({ sequence, resolve }));
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new DomainError('timed_out', 'The index has not caught up with the catalogue yet.')),
        REACH_TIMEOUT_MS,
      );
    });
    await Promise.race([arrived, late]).finally(() => clearTimeout(timer));
  }

  /** Fills the index anew from the catalogue. */
  async rebuild(): Promise<void> {
    while (this.pulling) await this.pulling;
    this.stale = true;
    await this.occupy(() => this.pull());
  }

  /** Tells the catalogue from where this index would replay, so that older changes may go. */
  async saveProgress(name: string): Promise<void> {
    // Only new vectors fill a tail: changes of records and deletions would never be on disk, however many they are.
    if (this.sequence - this.index.durableSequence() > this.mostUnsaved) {
      // What is on disk counts although no more can be written, as on a full one.
      await this.seal().catch((error: unknown) =>
        this.logger.warn(`cannot be written to the disk at the moment: ${String(error)}`),
      );
    }
    await this.changeLog.saveFollower(name, this.index.durableSequence());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe?.();
    await this.pulling;
    await this.index.close();
  }

  private async seal(): Promise<void> {
    while (this.pulling) await this.pulling;
    await this.occupy(() => this.index.apply({ puts: [], deletes: [], sequence: this.sequence, seal: true }));
  }

  private async loadAll(): Promise<void> {
    this.stale = true;
    this.sequence = 0;
    await this.index.clear();
    const { sequence } = await this.changeLog.snapshot(this.space, async ({ ids, vectors }) => {
      const puts = this.indexable(ids.map((id, at) => ({ id, vector: vectors[at] as Float32Array })));
      await this.index.apply({ puts, deletes: [], sequence: 0 });
    });
    // Sealed at once: until a full tail came of later changes, every start would fill the index again.
    await this.index.apply({ puts: [], deletes: [], sequence, seal: true });
    this.stale = false;
    this.listener.onRefilled();
    this.advance(sequence);
  }

  private wake(): void {
    if (this.stopped) return;
    if (this.pulling) {
      this.again = true;
      return;
    }
    this.occupy(() => this.pull()).catch((error: unknown) =>
      this.logger.warn(`cannot follow the catalogue at the moment: ${String(error)}`),
    );
  }

  /** One writer at a time; who wakes the follower meanwhile is served after it. */
  private occupy<T>(work: () => Promise<T>): Promise<T> {
    const done = work().finally(() => {
      this.pulling = undefined;
      if (!this.again) return;
      this.again = false;
      this.wake();
    });
    this.pulling = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  /** Brings the index up to the log's end. @returns what it took, in words */
  private async pull(): Promise<string> {
    const from = this.sequence;
    for (let more = true; more && !this.stopped;) {
      const page = await this.changeLog.readAfter(this.space, this.sequence, BATCH);
      // Asked after the page: what has been trimmed by now may have been missing in it.
      if (this.stale || !(await this.changeLog.canReplayFrom(this.sequence))) {
        await this.loadAll();
        return 'filled from the catalogue';
      }
      if (page.upTo === this.sequence) break;
      // A page may speak of an image more than once; what counts is how it is now, and that is the same in each row.
      const latest = new Map(page.changes.map((change) => [change.imageId, change.vector]));
      const puts = this.indexable([...latest].flatMap(([id, vector]) => (vector ? [{ id, vector }] : [])));
      // What is passed over takes the place of nothing, but what was there before is true no more.
      const put = new Set(puts.map(({ id }) => id));
      const deletes = [...latest.keys()].filter((id) => !put.has(id));
      await this.listener.onArrivals(puts.map(({ id }) => id));
      await this.index.apply({ puts, deletes, sequence: page.upTo });
      this.advance(page.upTo);
      more = page.more;
    }
    return `replayed ${this.sequence - from} changes`;
  }

  /** One vector that the index refuses must not keep all others from it: catalogues of former versions may hold some. */
  private indexable(entries: readonly IndexEntry[]): IndexEntry[] {
    return entries.filter(({ id, vector }) => {
      const can = hasDirection(vector);
      if (!can) this.logger.warn(`image ${id} cannot be found: its vector at ${this.space.tap} is all zeros`);
      return can;
    });
  }

  private advance(sequence: number): void {
    this.sequence = sequence;
    const arrived = this.waiting.filter((one) => one.sequence <= sequence);
    this.waiting = this.waiting.filter((one) => one.sequence > sequence);
    for (const one of arrived) one.resolve();
  }
}
