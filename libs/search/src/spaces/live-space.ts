import type { EmbeddingSpace } from '#libs/catalogue';
import type { Encoder } from '#libs/encoder';
import type { VectorIndex } from '#libs/vector-index';
import type { SpaceFollower } from './space-follower.js';

/** A space that this process can search: its encoder, and an index that follows the catalogue. */
export interface LiveSpace {
  readonly space: EmbeddingSpace;
  readonly tap: string;
  readonly dimension: number;
  readonly encoder: Encoder;
  readonly index: VectorIndex;
  readonly follower: SpaceFollower;
}

/** Names a space as a request does; what is left out is that of the space in use. */
export interface SpaceChoice {
  /** Name of the encoder. */
  readonly encoder?: string;
  readonly tap?: string;
}
