import { FilterResolver } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { OpenIndex } from './open-index.js';
import { ALWAYS_EXACT } from './searching/planner.js';
import { idSetOf, idSetOfList, type IdSet } from './searching/id-set.js';
import type { SearchLimits } from './searching/search-runner.js';
import { Serial } from './serial.js';
import { namesOf, type GraphParameters } from './storage/segment-header.js';
import { SnapshotStore } from './storage/snapshot-store.js';
import { mustMeasure, unitVector } from './unit-vector.js';
import {
  VectorIndex,
  type IndexBatch,
  type IndexDamage,
  type IndexIdentity,
  type IndexStats,
  type VectorAnswer,
  type VectorQuery,
} from './vector-index.js';

export interface SegmentedOptions extends Omit<SearchLimits, 'scanUpTo'> {
  /** Indexes up to this size are scanned; by default as many as take well under a millisecond. */
  readonly scanUpTo?: number;
  /** Folder of the index's own files; nothing else may be kept there. */
  readonly dir: string;
  readonly filters: FilterResolver;
  /** Rows of the tail at which it is sealed. */
  readonly sealAt: number;
  /** Searching threads. */
  readonly workers: number;
  /** Told what an operator may want to know. */
  readonly onNote: (note: string) => void;
  /** Told why nothing is sealed at the moment, each time that it fails, and `null` once that is over. */
  readonly onTrouble?: (trouble: string | null) => void;
}

const ENTRIES_AT_ONCE = 256;
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * What the adapters have in common: sealed segments, a tail, a snapshot, threads that search and one that builds. With
 * graph parameters segments have a graph each, without they are scanned.
 */
export abstract class SegmentedVectorIndex extends VectorIndex {
  private readonly store: SnapshotStore;
  /** Writes, and swaps of segments, happen one after another. */
  private readonly writer = new Serial();
  private current?: OpenIndex;

  protected constructor(
    private readonly options: SegmentedOptions,
    private readonly parameters: GraphParameters | null,
  ) {
    super();
    this.store = new SnapshotStore(options.dir);
  }

  async search(query: VectorQuery): Promise<VectorAnswer> {
    const open = this.opened();
    const unit = unitVector(query.vector, open.dimension);
    mustMeasure(query.best, open.dimension);
    const filter = await this.setOf(query);
    const view = open.contents.view();
    try {
      return await open.runner.run(view, query, unit, filter);
    } finally {
      view.release();
    }
  }

  vectorsOf(ids: readonly number[]): Promise<(Float32Array | null)[]> {
    return this.writer.run(() => {
      const { contents } = this.opened();
      return ids.map((id) => {
        const found = contents.locate(id);
        return found && new Float32Array(found.part.rows.vector(found.row));
      });
    });
  }

  async ids(): Promise<Float64Array> {
    const open = this.opened();
    const view = open.contents.view();
    try {
      const parts = view.parts.map(({ part, count }) => ({ part: part.key, count }));
      return await open.pool.ask(open.pool.leastLoaded(), (thread) => thread.call('ids', [parts, view.version]));
    } finally {
      view.release();
    }
  }

  stats(): IndexStats {
    const { contents, schedule, headers } = this.opened();
    const bytes = headers.flatMap((header) => [
      header.ids.bytes,
      header.vectors.bytes,
      header.graph?.bytes ?? 0,
      header.projection?.bytes ?? 0,
    ]);
    return {
      kind: this.parameters ? 'hnsw' : 'exact',
      live: contents.live,
      deleted: contents.parts.reduce((sum, part) => sum + part.deleted, 0),
      tail: [...contents.frozen, contents.tail].reduce((sum, part) => sum + part.count, 0),
      segments: contents.sealed.map((part) => ({
        name: part.header?.name ?? '',
        count: part.count,
        deleted: part.deleted,
      })),
      sequence: contents.moment.sequence,
      building: schedule.building,
      trouble: schedule.trouble,
      fileBytes: bytes.reduce((sum, size) => sum + size, this.store.manifestBytes),
    };
  }

  async damage(): Promise<readonly IndexDamage[]> {
    const open = this.opened();
    const { headers } = open;
    const found = await open.findDamage(headers);
    // What a build has replaced meanwhile may have been deleted while it was read, and is of no use any more.
    const current = new Set(open.headers.flatMap(namesOf));
    const replaced = new Set(headers.flatMap(namesOf).filter((name) => !current.has(name)));
    return found.filter(({ file }) => !replaced.has(file));
  }

  open(identity: IndexIdentity): Promise<{ sequence: number; reason: string }> {
    return this.writer.run(async () => {
      await this.current?.close();
      this.current = undefined;
      const manifest = await this.store.read(identity, this.parameters);
      let open = this.newOpenIndex(identity);
      let reason = typeof manifest === 'string' ? manifest : await open.load(manifest);
      if (reason !== null) {
        await open.close();
        open = this.newOpenIndex(identity);
        await this.store.removeUnreferenced([], false);
      } else {
        await this.store.removeUnreferenced(open.headers);
        reason = 'the snapshot matches';
      }
      this.current = open;
      open.schedule.wake();
      return { sequence: open.contents.moment.sequence, reason };
    });
  }

  /** Where one batch names an id in both, the put counts. */
  apply(batch: IndexBatch): Promise<void> {
    return this.writer.run(async () => {
      const open = this.opened();
      const { contents, dimension, schedule } = open;
      const units: Float32Array[] = [];
      // Everything is checked before anything is changed.
      for (const [i, { id, vector }] of batch.puts.entries()) {
        if (!Number.isSafeInteger(id) || id <= 0) throw new DomainError('internal', `${id} is not an image id`);
        units.push(unitVector(vector, dimension));
        if (i % ENTRIES_AT_ONCE === ENTRIES_AT_ONCE - 1) await pause();
      }
      contents.reserve(units.length);
      const draft = contents.begin();
      for (const [i, id] of batch.deletes.entries()) {
        contents.delete(draft, id);
        if (i % ENTRIES_AT_ONCE === ENTRIES_AT_ONCE - 1) await pause();
      }
      for (const [i, { id }] of batch.puts.entries()) {
        const unit = units[i];
        if (unit) contents.put(draft, id, unit);
        if (i % ENTRIES_AT_ONCE === ENTRIES_AT_ONCE - 1) await pause();
      }
      contents.publish(draft, batch.sequence);
      if (batch.seal || contents.tail.count >= this.options.sealAt) contents.freeze();
      schedule.wake();
      // Where nothing waits to be built, no build will write how far the index knows the catalogue.
      if (batch.seal && contents.frozen.length === 0) await open.saveManifest();
    });
  }

  clear(): Promise<void> {
    return this.writer.run(async () => {
      const open = this.opened();
      open.forget();
      await open.stopSealer();
      await open.saveManifest();
      await this.store.removeUnreferenced([]);
    });
  }

  async flush(options: { seal?: boolean } = {}): Promise<void> {
    const open = this.opened();
    await this.writer.run(() => {
      if (options.seal) open.contents.freeze();
    });
    await open.schedule.settle();
    await open.saveManifest();
  }

  durableSequence(): number {
    return this.opened().durable;
  }

  close(): Promise<void> {
    return this.writer.run(async () => {
      await this.current?.close();
      this.current = undefined;
    });
  }

  /** The ids that a search is among; `null`: all. */
  private async setOf({ among, filter }: VectorQuery): Promise<IdSet | null> {
    if (among) return idSetOfList(among);
    return filter ? idSetOf(await this.options.filters.resolve(filter)) : null;
  }

  private newOpenIndex(identity: IndexIdentity): OpenIndex {
    const { ef, exactLimit, workers, onNote, onTrouble = () => undefined, scanUpTo = ALWAYS_EXACT } = this.options;
    const { store, writer, parameters } = this;
    return new OpenIndex({
      identity,
      parameters,
      limits: { ef, exactLimit, scanUpTo },
      workers,
      store,
      writer,
      onNote,
      onTrouble,
    });
  }

  private opened(): OpenIndex {
    if (!this.current) throw new DomainError('index_unavailable', 'the vector index is not open yet');
    return this.current;
  }
}
