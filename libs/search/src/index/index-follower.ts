import { Injectable, Logger } from '@nestjs/common';
import { ChangeLog } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { VectorIndexWriter } from '#libs/vector-index';
import { ActiveEncoder } from '../service/active-encoder.js';

/** Changes read and applied at a time: enough to be quick, little enough (4 MiB of vectors) to stay light. */
const BATCH = 1024;
/** How long a caller waits for its own write to be found. */
const REACH_TIMEOUT_MS = 30_000;

/** Keeps the index equal to the catalogue by following the change log. */
@Injectable()
export class IndexFollower {
  private readonly logger = new Logger('index');
  private unsubscribe?: () => void;
  private pulling?: Promise<void>;
  private again = false;
  private stopped = false;
  private sequence = 0;
  private waiting: { sequence: number; resolve: () => void }[] = [];

  constructor(
    private readonly changeLog: ChangeLog,
    private readonly index: VectorIndexWriter,
    private readonly active: ActiveEncoder,
  ) {}

  /** Loads the snapshot, replays or rebuilds, and goes on following. Resolves when the index has caught up. */
  async start(): Promise<{ sequence: number; how: string }> {
    const epoch = await this.changeLog.epoch();
    const { info, tap, dimension } = this.active;
    const opened = await this.index.open({ epoch, fingerprint: info.fingerprint, tap, dimension });
    this.sequence = opened.sequence;
    const how = await this.catchUp(opened.reason);
    this.unsubscribe = this.changeLog.onChange(() => this.wake());
    this.wake();
    return { sequence: this.sequence, how };
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
        () => reject(new DomainError('timed_out', 'It is stored, but the index has not caught up yet.')),
        REACH_TIMEOUT_MS,
      );
    });
    await Promise.race([arrived, late]).finally(() => clearTimeout(timer));
  }

  /** Fills the index anew from the catalogue. */
  async rebuild(): Promise<void> {
    this.unsubscribe?.();
    await this.pulling;
    await this.loadAll();
    this.unsubscribe = this.changeLog.onChange(() => this.wake());
    this.wake();
  }

  /** Tells the catalogue from where this index would replay, so that older changes may go. */
  async saveProgress(name: string): Promise<void> {
    await this.changeLog.saveFollower(name, this.index.durableSequence());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe?.();
    await this.pulling;
    await this.index.close();
  }

  private async catchUp(reason: string): Promise<string> {
    const fresh = this.sequence === 0;
    if (fresh || this.sequence < (await this.changeLog.trimmedTo())) {
      await this.loadAll();
      return `${reason}; filled from the catalogue`;
    }
    const from = this.sequence;
    await this.pull();
    return `${reason}; replayed ${this.sequence - from} changes`;
  }

  private async loadAll(): Promise<void> {
    await this.index.clear();
    const { sequence } = await this.changeLog.snapshot(this.active.space, async ({ ids, vectors }) => {
      const puts = ids.map((id, at) => ({ id, vector: vectors[at] as Float32Array }));
      await this.index.apply({ puts, deletes: [], sequence: 0 });
    });
    await this.index.apply({ puts: [], deletes: [], sequence });
    this.advance(sequence);
  }

  private wake(): void {
    if (this.stopped) return;
    if (this.pulling) {
      this.again = true;
      return;
    }
    this.pulling = this.pull()
      .catch((error: unknown) => this.logger.warn(`cannot follow the catalogue at the moment: ${String(error)}`))
      .finally(() => {
        this.pulling = undefined;
        if (!this.again) return;
        this.again = false;
        this.wake();
      });
  }

  private async pull(): Promise<void> {
    for (let more = true; more && !this.stopped;) {
      const page = await this.changeLog.readAfter(this.active.space, this.sequence, BATCH);
      if (page.upTo === this.sequence) return;
      // A page may speak of an image more than once; what counts is how it is now, and that is the same in each row.
      const latest = new Map(page.changes.map((change) => [change.imageId, change.vector]));
      const puts = [...latest].flatMap(([id, vector]) => (vector ? [{ id, vector }] : []));
      const deletes = [...latest].flatMap(([id, vector]) => (vector ? [] : [id]));
      await this.index.apply({ puts, deletes, sequence: page.upTo });
      this.advance(page.upTo);
      more = page.more;
    }
  }

  private advance(sequence: number): void {
    this.sequence = sequence;
    const arrived = this.waiting.filter((one) => one.sequence <= sequence);
    this.waiting = this.waiting.filter((one) => one.sequence > sequence);
    for (const one of arrived) one.resolve();
  }
}
