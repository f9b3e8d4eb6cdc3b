import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { conditionsOf, FilterResolver, type ImageFilter } from '#libs/catalogue';
import { ExactVectorIndex } from '../src/exact-vector-index.js';
import { HnswVectorIndex } from '../src/hnsw-vector-index.js';
import type { SegmentedOptions } from '../src/segmented-vector-index.js';
import type { GraphParameters } from '../src/storage/segment-header.js';
import type { IndexIdentity, VectorIndex } from '../src/vector-index.js';

/** Collections held in memory. */
export class MemoryFilters extends FilterResolver {
  readonly collections = new Map<string, number[]>();

  override async estimate(filter: ImageFilter): Promise<number> {
    return (await this.resolve(filter)).length;
  }

  override count(filter: ImageFilter): Promise<number> {
    return this.estimate(filter);
  }

  override async whichMatch(filter: ImageFilter, ids: readonly number[]): Promise<Set<number>> {
    const matching = new Set(await this.resolve(filter));
    return new Set(ids.filter((id) => matching.has(id)));
  }

  override resolve(filter: ImageFilter): Promise<Float64Array> {
    const [only] = [...conditionsOf(filter)].map(({ condition }) => String(condition.eq));
    return Promise.resolve(Float64Array.from(this.collections.get(only ?? '') ?? []).sort());
  }
}

export const identityOf = (dimension: number): IndexIdentity => ({
  epoch: 'first',
  fingerprint: 'abc',
  tap: 'penultimate',
  dimension,
});

/** Folders and indexes of one test file; `dispose` closes and removes them. */
export class IndexFixture {
  readonly filters = new MemoryFilters();
  readonly notes: string[] = [];
  private readonly folders: string[] = [];
  private readonly indexes: VectorIndex[] = [];

  async folder(): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), 'likeness-index-'));
    this.folders.push(folder);
    return folder;
  }

  hnsw(dir: string, options: Partial<SegmentedOptions & GraphParameters> = {}): HnswVectorIndex {
    return this.keep(new HnswVectorIndex({ m: 16, efConstruction: 200, ...this.defaults(dir), ...options }));
  }

  exact(dir: string, options: Partial<SegmentedOptions> = {}): ExactVectorIndex {
    return this.keep(new ExactVectorIndex({ ...this.defaults(dir), ...options }));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.indexes.map((index) => index.close()));
    await Promise.all(this.folders.map((folder) => rm(folder, { recursive: true, force: true })));
  }

  private defaults(dir: string): SegmentedOptions {
    const onNote = (note: string) => void this.notes.push(note);
    return { dir, filters: this.filters, ef: 64, sealAt: 8192, exactLimit: 1000, workers: 2, onNote };
  }

  private keep<I extends VectorIndex>(index: I): I {
    this.indexes.push(index);
    return index;
  }
}
