import { createRequire } from 'node:module';
import type { HierarchicalNSW } from 'hnswlib-node';

export type HnswGraph = HierarchicalNSW;

/** The part of hnswlib-node that is used. */
export interface HnswLibrary {
  readonly HierarchicalNSW: typeof HierarchicalNSW;
}

export type HnswLoader = () => HnswLibrary;

/**
 * Loads hnswlib-node, an optional dependency that is compiled at installation.
 *
 * @throws whatever loading threw where it is absent or was not compiled
 */
export const loadHnswLibrary: HnswLoader = () => createRequire(import.meta.url)('hnswlib-node') as HnswLibrary;

/** Gives a graph's memory back now: the garbage collector does not see how large it is and may leave it for long. */
export function releaseGraph(graph: HnswGraph): void {
  graph.initIndex(1);
}

/** An empty graph over unit vectors: the inner product is their cosine. */
export function createGraph(library: HnswLibrary, dimension: number): HnswGraph {
  return new library.HierarchicalNSW('ip', dimension);
}
