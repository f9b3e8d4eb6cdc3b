import type { ImageRegion } from '#libs/imaging';
import type { VectorQuery } from '#libs/vector-index';
import type { LiveSpace } from '../spaces/live-space.js';

/** One picture that a search takes its bearings from. */
export type ExampleSource =
  | {
      readonly kind: 'upload';
      readonly bytes: Buffer;
      /** What the sender knows it as. */
      readonly name?: string;
    }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'id'; readonly id: number }
  | { readonly kind: 'vector'; readonly vector: ArrayLike<number> };

export type Example = ExampleSource & {
  /** The part of the picture that counts; not for a vector. */
  readonly region?: ImageRegion;
  /** How much it counts beside the others, over 0; default 1. */
  readonly weight?: number;
};

/** How several examples become one order; `average_vector` where nothing is said. See `docs/search.md`. */
export const STRATEGIES = ['average_vector', 'best_score', 'sum_scores'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What to look for, as somebody asks. */
export interface ExampleQuery {
  readonly positives: readonly Example[];
  /** What results should not look like. */
  readonly negatives?: readonly Example[];
  readonly strategy?: Strategy;
}

/** An example as the index understands it. */
export interface ResolvedExample {
  /** Of length 1. */
  readonly vector: Float32Array;
  readonly weight: number;
}

/** What to look for, in vectors: all that ranking needs, and the same for one search as for each of a batch. */
export interface ResolvedQuery {
  readonly positives: readonly ResolvedExample[];
  readonly negatives: readonly ResolvedExample[];
  readonly strategy: Strategy;
  /** Ids of examples: never answered. */
  readonly exclude: readonly number[];
}

/** Everything a search of the index takes beside the examples. */
export type RankOptions = Omit<VectorQuery, 'vector'>;

/** The same with where to look: the vectors are of this space, whatever becomes the one in use meanwhile. */
export interface PlacedQuery extends ResolvedQuery {
  readonly space: LiveSpace;
}
