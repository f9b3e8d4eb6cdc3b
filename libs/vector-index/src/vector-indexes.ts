import type { VectorIndex } from './vector-index.js';

/** Which vectors an index holds. */
export interface IndexKey {
  readonly fingerprint: string;
  readonly tap: string;
}

/** Port: the indexes of this process, one for each space it searches. */
export abstract class VectorIndexes {
  /**
   * Makes ready what they share.
   *
   * @returns a name for all of them, the same after every start, that no other process's indexes have
   */
  abstract prepare(): Promise<string>;
  /** The index of a space, the same object each time; its user opens and closes it. */
  abstract of(key: IndexKey): VectorIndex;
  /** Deletes whatever is kept for other spaces; none of their indexes may be open. */
  abstract keepOnly(keys: readonly IndexKey[]): Promise<void>;
  /** Deletes whatever is kept for a space; its index must be closed. */
  abstract remove(key: IndexKey): Promise<void>;
}
