import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { ClusteredVectors } from '../lib/clustered-vectors.js';
import type { HnswGraph, HnswLibrary } from '#libs/vector-index';

export interface GraphParameters {
  readonly dimension: number;
  readonly count: number;
  readonly m: number;
  readonly efConstruction: number;
}

export interface BareSpeed {
  readonly perSecond: number;
  readonly cpuMsPerQuery: number;
}

/** hnswlib-node and nothing around it: one graph, one thread, a loop. Runs in a child process. */
export class BareHnswlib {
  private graph?: HnswGraph;
  private source?: ClusteredVectors;

  /** Reads the graph of the first `count` of `ClusteredVectors` from `file`, or builds it and keeps it there. */
  async open(file: string, { dimension, count, m, efConstruction }: GraphParameters): Promise<void> {
    const { HierarchicalNSW } = createRequire(import.meta.url)('hnswlib-node') as HnswLibrary;
    const graph = new HierarchicalNSW('ip', dimension);
    this.source = new ClusteredVectors(dimension);
    if (existsSync(file)) {
      graph.readIndexSync(file);
      for (let n = 0; n < count; n++) this.source.next();
    } else {
      graph.initIndex({ maxElements: count, m: m, efConstruction: efConstruction });
      for (let n = 0; n < count; n++) graph.addPoint(unit(this.source.next()), n);
      graph.writeIndexSync(`${file}.part`);
      await rename(`${file}.part`, file);
    }
    this.graph = graph;
  }

  /** Vectors of the same kind that are not in the graph. */
  unseen(count: number): Float32Array[] {
    if (!this.source) throw new Error('open() comes first');
    return this.source.take(count);
  }

  /** Searches for the vectors of these labels, over and over for `seconds`. */
  rate(labels: readonly number[], k: number, ef: number, seconds: number): BareSpeed {
    const graph = this.opened();
    graph.setEf(ef);
    const queries = labels.map((label) => graph.getPoint(label));
    const cpu = process.cpuUsage();
    const began = performance.now();
    const end = began + 1000 * seconds;
    let done = 0;
    for (; performance.now() < end; done++) graph.searchKnn(queries[done % queries.length] ?? [], k);
    const { user, system } = process.cpuUsage(cpu);
    return { perSecond: (1000 * done) / (performance.now() - began), cpuMsPerQuery: (user + system) / 1000 / done };
  }

  /** Labels of the nearest, for each query. */
  search(queries: readonly Float32Array[], k: number, ef: number): number[][] {
    const graph = this.opened();
    graph.setEf(ef);
    return queries.map((query) => graph.searchKnn(unit(query), k).neighbors);
  }

  private opened(): HnswGraph {
    if (!this.graph) throw new Error('open() comes first');
    return this.graph;
  }
}

function unit(vector: Float32Array): number[] {
  const length = Math.hypot(...vector);
  return Array.from(vector, (component) => component / length);
}
