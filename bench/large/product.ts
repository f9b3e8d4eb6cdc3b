import { HNSW, IDENTITY } from '../lib/bench-index.js';
import { NoFilters } from '../lib/no-filters.js';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createVectorIndex, type VectorIndex } from '#libs/vector-index';
import { note } from '../lib/report.js';
import { percentile } from '../lib/statistics.js';
import { recall, K, type Dataset } from './dataset.js';
import type { Measurement, Variant } from './measurement.js';

const noFilters = new NoFilters();
const NOTE_EVERY_MS = 10_000;

interface BuildCost {
  wallSeconds: number;
  cpuSeconds: number;
  peakRss: number;
}

/** The product's index through its port: built once in the work folder, then opened from its manifest. */
export class Product {
  private readonly dir: string;

  constructor(
    private readonly data: Dataset,
    private readonly variant: Variant,
    private readonly workers: number,
  ) {
    this.dir = path.join(data.folder, `index-${data.dimension}-${data.count}-${variant.name}`);
  }

  /** Builds what the manifest does not have yet: a run that was stopped goes on after its last sealed segment. */
  async build(): Promise<void> {
    const index = this.create();
    const { sequence } = await index.open({ ...IDENTITY, dimension: this.data.dimension });
    note(`${this.variant.name}: ${sequence} of ${this.data.count} are in the manifest`);
    const before = await this.cost();
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    let peakRss = before.peakRss;
    const save = async (): Promise<void> => {
      const { user, system } = process.cpuUsage(cpu);
      peakRss = Math.max(peakRss, process.memoryUsage().rss);
      const cost: BuildCost = {
        wallSeconds: before.wallSeconds + (performance.now() - began) / 1000,
        cpuSeconds: before.cpuSeconds + (user + system) / 1e6,
        peakRss,
      };
      await writeFile(this.costFile, JSON.stringify(cost));
      const sizes = index.stats().segments.map(({ count }) => count);
      note(`${this.variant.name}: sealed ${sizes.join(' + ')}, ${cost.cpuSeconds.toFixed(0)} s of CPU`);
    };
    const timer = setInterval(() => void save(), NOTE_EVERY_MS);
    if (sequence < this.data.count) {
      for await (const { first, vectors } of this.data.rows(sequence)) {
        const puts = vectors.map((vector, i) => ({ id: first + i + 1, vector }));
        await index.apply({ puts, deletes: [], sequence: first + puts.length });
      }
      await index.flush({ seal: true });
      await save();
    }
    clearInterval(timer);
    await index.close();
  }

  /**
   * Opens the finished index as a start of the service does, and asks.
   *
   * @throws Error where it is not finished: what is nearest among some of the vectors would be kept as the truth of all
   */
  async measure(seconds: number): Promise<Measurement> {
    const rssBefore = process.memoryUsage().rss;
    const began = performance.now();
    const index = this.create();
    const { sequence } = await index.open({ ...IDENTITY, dimension: this.data.dimension });
    const startSeconds = (performance.now() - began) / 1000;
    if (sequence < this.data.count) {
      await index.close();
      throw new Error(`${this.dir} holds ${sequence} of ${this.data.count} vectors; run --step build first`);
    }
    const queries = await this.data.queries();
    const truth = await this.truth(index, queries);
    const rss = process.memoryUsage().rss - rssBefore;
    const found: number[][] = [];
    for (const vector of queries) found.push(await nearest(index, vector, false));
    const cpu = process.cpuUsage();
    const times: number[] = [];
    const start = performance.now();
    for (let n = 0; performance.now() - start < seconds * 1000; n++) {
      const asked = performance.now();
      await nearest(index, queries[n % queries.length] ?? new Float32Array(), false);
      times.push(performance.now() - asked);
    }
    const { user, system } = process.cpuUsage(cpu);
    const wall = (performance.now() - start) / 1000;
    const { fileBytes, segments } = index.stats();
    await index.close();
    const { count } = this.data;
    const cost = await this.cost();
    return {
      name: `Likeness, ${this.variant.label}`,
      count,
      buildWallSeconds: cost.wallSeconds,
      buildCpuSeconds: cost.cpuSeconds,
      buildPeakBytes: cost.peakRss,
      memoryPerVector: rss / count,
      filePerVector: fileBytes / count,
      startSeconds,
      searchesPerSecond: times.length / wall,
      searchCpuMs: (user + system) / 1000 / times.length,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      recall: recall(found, truth),
      remark: `segments ${segments.map((segment) => segment.count).join(' + ')}`,
    };
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
    await rm(this.costFile, { force: true });
  }

  private get costFile(): string {
    return `${this.dir}.cost.json`;
  }

  private async cost(): Promise<BuildCost> {
    const text = await readFile(this.costFile, 'utf8').catch(() => null);
    return text === null ? { wallSeconds: 0, cpuSeconds: 0, peakRss: 0 } : (JSON.parse(text) as BuildCost);
  }

  private create(): VectorIndex {
    const { ef, compact } = this.variant;
    return createVectorIndex(
      { ...HNSW, compact, ef, workers: this.workers },
      { dir: this.dir, filters: noFilters, onNote: note },
    );
  }

  private async truth(index: VectorIndex, queries: readonly Float32Array[]): Promise<number[][]> {
    const known = await this.data.truth();
    if (known) return known;
    const truth: number[][] = [];
    for (const vector of queries) truth.push(await nearest(index, vector, true));
    await mkdir(this.data.folder, { recursive: true });
    await writeFile(this.data.truthFile, JSON.stringify(truth));
    return truth;
  }
}

async function nearest(index: VectorIndex, vector: Float32Array, exact: boolean): Promise<number[]> {
  return (await index.search({ vector, k: K, exact })).hits.map(({ id }) => id - 1);
}
