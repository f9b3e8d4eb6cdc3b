import type { ImageFilter } from '#libs/catalogue';

/** What one index holds: vectors of one tap of one encoder, from one life of one catalogue. Never mixed. */
export interface IndexIdentity {
  /** Changes at every restore of the catalogue. */
  readonly epoch: string;
  readonly fingerprint: string;
  readonly tap: string;
  readonly dimension: number;
}

export interface IndexEntry {
  /** Image id: a positive safe integer. */
  readonly id: number;
  /** `dimension` finite components, not all zero; normalised by the index, need not be before. */
  readonly vector: Float32Array;
}

export type SearchPlan = 'exact' | 'hnsw' | 'filtered-exact' | 'filtered-hnsw';

/**
 * Ranks by the nearest example instead of by one vector (Qdrant's `best_score`): σ(p) where the largest inner product with a
 * positive, p, is larger than the largest with a negative, n; else −σ(n). σ(x) = (x / (1 + |x|) + 1) / 2.
 */
export interface BestScore {
  /** Of any length: an example's weight is the length of its vector. */
  readonly positives: readonly Float32Array[];
  readonly negatives: readonly Float32Array[];
}

export interface VectorQuery {
  /** `dimension` components; any length greater than zero. */
  readonly vector: Float32Array;
  readonly k: number;
  /** Leaves out hits whose cosine is lower; −1 … 1. */
  readonly minScore?: number;
  /** Insists on an exact scan. */
  readonly exact?: boolean;
  readonly filter?: ImageFilter;
  /** Ranks by this instead of by `vector`, which then only has to be a valid one; always an exact scan. */
  readonly best?: BestScore;
  /** Looks among these ids only, whatever `filter` says. */
  readonly among?: readonly number[];
  /** Ids never to answer. */
  readonly exclude?: readonly number[];
  /** HNSW candidates for this query; default from the settings, never under k. */
  readonly ef?: number;
}

export interface VectorHit {
  readonly id: number;
  /** Cosine of query and hit, −1 … 1, computed exactly. */
  readonly score: number;
}

export interface VectorAnswer {
  /** Best first; equal scores by ascending id. Fewer than k only when fewer than k match. */
  readonly hits: readonly VectorHit[];
  readonly plan: SearchPlan;
  /** Change-log sequence up to which the index knew the catalogue. */
  readonly sequence: number;
  /** How many were taken to match when the plan was chosen: as the catalogue knows it; without a filter, all. */
  readonly estimate: number;
  /** Number of images of the index that match the filter; without one, all. */
  readonly matched: number;
  /** HNSW candidates used in the last round; absent for exact plans. */
  readonly ef?: number;
}

export interface IndexStats {
  readonly kind: 'hnsw' | 'exact';
  /** Vectors that can be found. */
  readonly live: number;
  readonly deleted: number;
  readonly tail: number;
  readonly segments: readonly { readonly name: string; readonly count: number; readonly deleted: number }[];
  readonly sequence: number;
  readonly building: boolean;
  /** Why the tail cannot be sealed, in words, while that lasts; it is tried again by itself. */
  readonly trouble: string | null;
  /** Bytes of the index's own files. */
  readonly fileBytes: number;
}

export interface IndexDamage {
  readonly file: string;
  readonly reason: string;
}

/** Port: finds nearest vectors. */
export abstract class VectorIndexReader {
  /** @throws DomainError `vector_dimension_mismatch`, `vector_not_finite`, `index_unavailable` before `open` */
  abstract search(query: VectorQuery): Promise<VectorAnswer>;

  /** The stored (normalised) vectors, `null` for ids it does not hold. */
  abstract vectorsOf(ids: readonly number[]): Promise<(Float32Array | null)[]>;

  /** Every live id, ascending. */
  abstract ids(): Promise<Float64Array>;

  abstract stats(): IndexStats;

  /** Reads every file of the snapshot again and compares checksums. Empty when all is well. */
  abstract damage(): Promise<readonly IndexDamage[]>;
}

/** Puts and deletes that become visible together. */
export interface IndexBatch {
  readonly puts: readonly IndexEntry[];
  readonly deletes: readonly number[];
  /** Of the last change in the batch. */
  readonly sequence: number;
  /** Seals the tail after it, however small that is, so that all of it is soon on disk; nothing waits for that. */
  readonly seal?: boolean;
}

/** Port: keeps the index equal to the catalogue. One writer, calls in the order of the change log. */
export abstract class VectorIndexWriter {
  /**
   * Loads the snapshot on disk when its identity, parameters and checksums match, else starts empty. Damaged files are
   * put aside, never trusted.
   *
   * @returns the sequence from which to replay: 0 when starting empty
   */
  abstract open(identity: IndexIdentity): Promise<{ sequence: number; reason: string }>;

  /** Puts and deletes as one step, after which both are visible to searches; a put of an id that is there replaces it. */
  abstract apply(batch: IndexBatch): Promise<void>;

  /** Forgets everything, files too, and stays open under the same identity at sequence 0. */
  abstract clear(): Promise<void>;

  /** Seals what is in the tail when `seal`, waits for running builds, and writes the manifest. */
  abstract flush(options?: { seal?: boolean }): Promise<void>;

  /** Sequence that a restart would replay from; the change log must be kept after it. */
  abstract durableSequence(): number;

  abstract close(): Promise<void>;
}

/** Port: one object that is both; adapters implement this, users inject the narrower one they need. */
export abstract class VectorIndex implements VectorIndexReader, VectorIndexWriter {
  abstract search(query: VectorQuery): Promise<VectorAnswer>;
  abstract vectorsOf(ids: readonly number[]): Promise<(Float32Array | null)[]>;
  abstract ids(): Promise<Float64Array>;
  abstract stats(): IndexStats;
  abstract damage(): Promise<readonly IndexDamage[]>;
  abstract open(identity: IndexIdentity): Promise<{ sequence: number; reason: string }>;
  abstract apply(batch: IndexBatch): Promise<void>;
  abstract clear(): Promise<void>;
  abstract flush(options?: { seal?: boolean }): Promise<void>;
  abstract durableSequence(): number;
  abstract close(): Promise<void>;
}
