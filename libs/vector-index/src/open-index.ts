import { DomainError } from '#libs/errors';
import { ThreadClient, workerUrl } from '#libs/threads';
import { Contents } from './contents.js';
import { BlockLayout } from './matrix/block-layout.js';
import type { Part } from './part.js';
import { endThread, SearcherPool } from './searching/searcher-pool.js';
import { SearchRunner, type SearchLimits } from './searching/search-runner.js';
import type { Sealer } from './sealing/sealer.js';
import { SealingSchedule } from './sealing/sealing-schedule.js';
import { Serial } from './serial.js';
import { Bitmap } from './storage/bitmap.js';
import type { Manifest } from './storage/manifest.js';
import type { GraphParameters, SegmentHeader } from './storage/segment-header.js';
import type { SnapshotStore } from './storage/snapshot-store.js';
import type { IndexIdentity } from './vector-index.js';

export interface OpenOptions {
  readonly identity: IndexIdentity;
  readonly parameters: GraphParameters | null;
  readonly limits: SearchLimits;
  readonly workers: number;
  readonly store: SnapshotStore;
  readonly writer: Serial;
  readonly onNote: (note: string) => void;
  readonly onTrouble: (trouble: string | null) => void;
}

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/** An index that is open under one identity: its rows, its threads, its snapshot. */
export class OpenIndex {
  readonly layout: BlockLayout;
  readonly pool: SearcherPool;
  readonly runner: SearchRunner;
  contents: Contents;
  schedule: SealingSchedule;
  /** Sequence of the manifest on disk. */
  durable = 0;
  private sealerThread?: ThreadClient<Sealer>;
  private readonly manifests = new Serial();

  constructor(private readonly options: OpenOptions) {
    this.layout = new BlockLayout(options.identity.dimension, options.workers);
    this.pool = new SearcherPool(this.layout, options.onNote);
    this.runner = new SearchRunner(this.layout, this.pool, options.limits);
    this.contents = new Contents(this.layout, this.pool, { sequence: 0, version: 1 });
    this.schedule = this.newSchedule();
  }

  get dimension(): number {
    return this.layout.dimension;
  }

  get headers(): SegmentHeader[] {
    return this.contents.sealed.flatMap((part) => part.header ?? []);
  }

  /** The thread that builds and checks segments. */
  readonly sealer = (): ThreadClient<Sealer> => {
    this.sealerThread ??= new ThreadClient<Sealer>(workerUrl(import.meta.url, './sealing/sealer-worker.js'), {
      name: 'sealer',
      crashCode: 'index_unavailable',
      workerData: { dimension: this.dimension, slots: this.layout.slots, folder: this.options.store.folder },
      onCrash: (error) => {
        this.options.onNote(error.message);
        this.sealerThread = undefined;
      },
    });
    return this.sealerThread;
  };

  /** Ends the building thread: a build that was let go writes no more files, and memory is given back. */
  readonly stopSealer = async (): Promise<void> => {
    const thread = this.sealerThread;
    this.sealerThread = undefined;
    if (thread) await endThread(thread);
  };

  /** Takes in what a manifest names. @returns why not, when one of its files is damaged */
  async load(manifest: Manifest): Promise<string | null> {
    const { store } = this.options;
    for (const { header, deleted } of manifest.segments) {
      const bitmap = deleted === null ? Bitmap.ofSize(header.count) : Bitmap.parse(deleted, header.count);
      try {
        if (!bitmap) throw new DomainError('index_corrupt', `the list of deleted rows of ${header.name} is damaged`);
        await store.checkHeader(header);
        const part = this.contents.sealedPart(header, await this.sealer().call('load', [header]));
        for (let row = 0; row < header.count; row++) {
          if (!bitmap.has(row)) continue;
          part.rows.setStamp(row, 1);
          part.deleted++;
        }
        if (header.graph) await this.pool.loadGraph(part, store.file(header.graph.name));
        this.contents.replace([], part);
      } catch (error) {
        for (const damage of await this.findDamage([header])) await store.putAside(damage.file);
        return `segment ${header.name} is damaged: ${DomainError.from(error).message}`;
      }
    }
    this.contents.moment = { sequence: manifest.sequence, version: 1 };
    this.contents.tail.since = this.contents.moment;
    this.durable = manifest.sequence;
    return null;
  }

  async findDamage(headers: readonly SegmentHeader[]) {
    const small = await this.options.store.damage(headers);
    return [...small, ...(await this.sealer().call('damage', [headers]))];
  }

  /** Writes what is sealed, with the deletions known now, as the snapshot to start from. */
  readonly saveManifest = (): Promise<void> =>
    this.manifests.run(async () => {
      const { identity, parameters, store } = this.options;
      const { sequence } = this.contents.sealedUpTo;
      const segments: Manifest['segments'] = [];
      for (const part of this.contents.sealed) {
        if (!part.header) continue;
        segments.push({ header: part.header, deleted: this.deletedRows(part) });
        await pause();
      }
      await store.write({ format: 1, ...identity, graphParameters: parameters, sequence, segments });
      this.durable = sequence;
    });

  /** @returns `null` where nothing is deleted */
  private deletedRows(part: Part): string | null {
    if (part.deleted === 0) return null;
    const { version } = this.contents.moment;
    const deleted = Bitmap.ofSize(part.count);
    for (let row = 0; row < part.count; row++) {
      if (!part.rows.isLive(row, version)) deleted.add(row);
    }
    return deleted.toString();
  }

  /** Drops all rows; a build that runs is let go. */
  forget(): void {
    this.schedule.stop();
    const { parts, moment } = this.contents;
    for (const part of parts) part.retire(() => this.pool.detach(part));
    this.contents = new Contents(this.layout, this.pool, { sequence: 0, version: moment.version + 1 });
    this.schedule = this.newSchedule();
    this.durable = 0;
  }

  async close(): Promise<void> {
    this.schedule.stop();
    await Promise.all([this.stopSealer(), this.pool.close()]);
    await this.manifests.run(() => undefined);
  }

  private newSchedule(): SealingSchedule {
    const { identity, parameters, store, writer, onTrouble } = this.options;
    const { contents, pool, sealer, stopSealer, saveManifest } = this;
    return new SealingSchedule({
      identity,
      parameters,
      contents,
      pool,
      store,
      writer,
      sealer,
      stopSealer,
      saveManifest,
      onTrouble,
    });
  }
}
