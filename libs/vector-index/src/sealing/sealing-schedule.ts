import { randomUUID } from 'node:crypto';
import { DomainError } from '#libs/errors';
import type { ThreadClient } from '#libs/threads';
import type { Contents } from '../contents.js';
import type { Part } from '../part.js';
import type { SearcherPool } from '../searching/searcher-pool.js';
import type { Serial } from '../serial.js';
import type { SnapshotStore } from '../storage/snapshot-store.js';
import type { GraphParameters } from '../storage/segment-header.js';
import type { IndexIdentity } from '../vector-index.js';
import { chooseBase, chooseMerge, takeWaiting } from './merge-policy.js';
import type { Sealer } from './sealer.js';

export interface SealingSurroundings {
  readonly identity: IndexIdentity;
  readonly parameters: GraphParameters | null;
  readonly contents: Contents;
  readonly pool: SearcherPool;
  readonly store: SnapshotStore;
  readonly writer: Serial;
  /** The building thread; a fresh one after a crash. */
  sealer(): ThreadClient<Sealer>;
  /** Lets the building thread go, and with it the memory of what it built. */
  stopSealer(): Promise<void>;
  saveManifest(): Promise<void>;
  /** Told why a build failed, each time that one does, and `null` once that is over. */
  onTrouble(trouble: string | null): void;
}

/** After a failed build; twice as long after each that fails next. */
const RETRY_AFTER_MS = 15_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/**
 * Turns former tails into segments, one build after another, each taking everything that waits: while a long build
 * runs the waiting rows gather, so that a bulk load ends in few builds. Nothing here stops searches or writes.
 */
export class SealingSchedule {
  private running?: Promise<void>;
  /** Why the last build failed; none since one has succeeded. */
  private failure?: DomainError;
  private failures = 0;
  /** Whether what is sealed is not in the manifest yet. */
  private unsaved = false;
  private stopped = false;
  private retry?: NodeJS.Timeout;

  constructor(private readonly around: SealingSurroundings) {}

  get building(): boolean {
    return this.running !== undefined;
  }

  /** Why nothing is sealed at the moment; null while nothing is in the way. */
  get trouble(): string | null {
    return this.failure ? `a segment could not be built and is tried again: ${this.failure.message}` : null;
  }

  /** Starts building when there is something to build; after a failure not at once. */
  wake(): void {
    if (this.stopped || this.retry) return;
    this.running ??= this.work().finally(() => {
      this.running = undefined;
      // A tail may have been closed while the building thread was let go.
      if (this.failure === undefined && this.around.contents.frozen.length > 0) this.wake();
    });
  }

  /** Waits until nothing is left to build. @throws DomainError when a build failed; its rows stay in the index unsealed */
  async settle(): Promise<void> {
    this.tryNow();
    while (this.running) await this.running;
    if (this.failure) throw this.failure;
  }

  /** Lets go of a running build; its result is not taken. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
  }

  private tryNow(): void {
    clearTimeout(this.retry);
    this.retry = undefined;
    this.wake();
  }

  private async work(): Promise<void> {
    const { contents } = this.around;
    try {
      while (!this.stopped) {
        const waiting = takeWaiting(contents.frozen);
        const sources: Part[] = [...waiting, ...chooseMerge<Part>(waiting, contents.sealed)];
        if (sources.length > 0) await this.build(sources);
        else if (this.unsaved) await this.save();
        else break;
      }
      if (!this.stopped) this.succeeded();
    } catch (error) {
      if (this.stopped) return;
      // A disk that is full gets back what the failed build took.
      await this.removeUnreferenced().catch(() => undefined);
      this.failed(DomainError.from(error));
    } finally {
      if (!this.stopped) await this.around.stopSealer();
    }
  }

  private succeeded(): void {
    if (!this.failure) return;
    this.failure = undefined;
    this.failures = 0;
    this.around.onTrouble(null);
  }

  /** Nobody may write for a long time, so that it is tried again without being woken. */
  private failed(failure: DomainError): void {
    if (this.stopped) return;
    this.failure = failure;
    const wait = Math.min(LONGEST_WAIT_MS, RETRY_AFTER_MS * 2 ** this.failures++);
    this.retry = setTimeout(() => this.tryNow(), wait).unref();
    this.around.onTrouble(this.trouble);
  }

  private async save(): Promise<void> {
    await this.around.saveManifest();
    this.unsaved = false;
    if (!this.stopped) await this.removeUnreferenced();
  }

  private removeUnreferenced(): Promise<void> {
    const { contents, store } = this.around;
    return store.removeUnreferenced(contents.sealed.flatMap((part) => part.header ?? []));
  }

  private async build(sources: readonly Part[]): Promise<void> {
    const { identity, parameters, contents, pool, store, writer } = this.around;
    const base = chooseBase(sources);
    const built = await this.around.sealer().call('build', [
      {
        name: `segment-${randomUUID()}`,
        fingerprint: identity.fingerprint,
        tap: identity.tap,
        graphParameters: parameters,
        sources: sources.map((part) => ({ memories: part.rows.memories, count: part.count })),
        version: contents.moment.version,
        base: base?.header?.graph == null ? null : { source: sources.indexOf(base), graphFile: base.header.graph.name },
      },
    ]);
    if (this.stopped) return;
    const made = built && contents.sealedPart(built.header, built.memories);
    try {
      if (made?.header?.graph) await pool.loadGraph(made, store.file(made.header.graph.name));
    } catch (error) {
      if (made) pool.detach(made);
      throw error;
    }
    await writer.run(() => {
      if (this.stopped) {
        if (made) pool.detach(made);
        return;
      }
      // Rows deleted while the build ran, or before and kept because their graph was gone on with.
      if (built && made) {
        for (let row = 0; row < made.count; row++) {
          const origin = sources[built.origins.source[row] ?? 0];
          const stamp = origin?.rows.stamp(built.origins.row[row] ?? 0) ?? 0;
          made.rows.setStamp(row, stamp);
          if (stamp !== 0) made.deleted++;
        }
      }
      contents.replace(sources, made);
      this.unsaved = true;
    });
    if (!this.stopped) await this.save();
  }
}
