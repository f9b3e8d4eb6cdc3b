/** One row of the change log: an embedding of the followed encoder and tap was written or deleted. */
export interface Change {
  readonly sequence: number;
  readonly imageId: number;
  /** The vector as it is now; null when it has been deleted (by this change or a later one). */
  readonly vector: Float32Array | null;
}

/** Which embeddings a follower follows. */
export interface EmbeddingSpace {
  readonly encoderId: number;
  readonly tap: string;
}
