import type { BestScore } from '../vector-index.js';
import type { IdSet } from './id-set.js';

/** What a searching thread needs to see a part. */
export interface PartDescriptor {
  readonly part: number;
  readonly memories: readonly WebAssembly.Memory[];
  /** Whether ids ascend: sealed segments. */
  readonly sorted: boolean;
}

/** A graph on disk. */
export interface GraphFile {
  readonly file: string;
  /** Whether it is over short vectors; their axes lie beside it. */
  readonly compact: boolean;
}

/** One block to be scanned, of which the first `count` rows exist for this search. */
export interface ScanTask {
  readonly part: number;
  readonly block: number;
  readonly count: number;
}

/** One graph to be walked. */
export interface GraphTask {
  readonly part: number;
  readonly count: number;
  /** Rows that are live and match the filter. */
  readonly available: number;
}

/** One thread's share of a search. */
export interface SearchRequest {
  /** Normalised. */
  readonly vector: Float32Array;
  /** Scans rank by this instead; set only where nothing is walked. */
  readonly best?: BestScore;
  readonly k: number;
  readonly ef: number;
  /** Deletions after this version are not seen. */
  readonly version: number;
  readonly filter: IdSet | null;
  readonly exclude: readonly number[];
  readonly scans: readonly ScanTask[];
  readonly graphs: readonly GraphTask[];
}

export interface SearchReply {
  /** Best first. */
  readonly ids: readonly number[];
  readonly scores: readonly number[];
  /** Rows of the scanned blocks that matched. */
  readonly matched: number;
  /** Largest number of candidates used in a graph; 0 without. */
  readonly ef: number;
}
