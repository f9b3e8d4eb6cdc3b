/** Rows on their way into a file, a block at a time. */
export interface FeatureBlock {
  /** Path of each row. */
  readonly ids: readonly string[];
  /** `ids.length` rows of `dimension` components, one after the other. */
  readonly values: Float32Array;
}

/** Vectors of many pictures in their final order. */
export interface FeatureRows {
  readonly count: number;
  readonly dimension: number;
  /** Reads all rows from the first on. */
  blocks(): AsyncIterable<FeatureBlock>;
}

/** Writes rows into a new file at `file`. */
export type FeatureWriter = (file: string, rows: FeatureRows) => Promise<void>;
