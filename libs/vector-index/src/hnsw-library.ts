import { createRequire } from 'node:module';

/**
 * The part of hnswlib-node's graph that is used. Written down here because the package is optional: where it could not
 * be compiled npm removes it, its types too, and the project must build all the same.
 */
export interface HnswGraph {
  initIndex(maxElements: number): void;
  initIndex(parameters: { maxElements: number; m: number; efConstruction: number }): void;
  addPoint(point: number[], label: number): void;
  searchKnn(query: number[], k: number): { distances: number[]; neighbors: number[] };
  getPoint(label: number): number[];
  setEf(ef: number): void;
  getCurrentCount(): number;
  resizeIndex(maxElements: number): void;
  readIndex(file: string): Promise<unknown>;
  readIndexSync(file: string): void;
  writeIndex(file: string): Promise<unknown>;
  writeIndexSync(file: string): void;
}

/** The part of hnswlib-node that is used. */
export interface HnswLibrary {
  readonly HierarchicalNSW: new (space: 'ip' | 'cosine' | 'l2', dimension: number) => HnswGraph;
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
