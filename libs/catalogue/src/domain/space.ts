import type { SerialisedError } from '#libs/errors';
import type { EmbeddingSpace } from './change.js';

/** Why a space is kept. What begins with `head:` needs the vectors only; every other reason also wants it searched. */
export type SpaceReason = 'active' | 'previous' | 'setting' | 'reindex' | `head:${string}`;

/** A space at which every image is embedded, or will be. */
export interface SpaceRecord extends EmbeddingSpace {
  /** Name of the encoder. */
  readonly encoder: string;
  readonly fingerprint: string;
  readonly dimension: number;
  readonly wantedBy: readonly SpaceReason[];
  /** Whether every image has an embedding in it, but those that cannot be embedded. It stays so: what arrives has one. */
  readonly complete: boolean;
}

export interface SpacesState {
  /** Counts up with every change of what follows. */
  readonly version: number;
  /** What searches use; null before the first start. */
  readonly active: EmbeddingSpace | null;
  /** What searches used before the last change of encoder, kept up to date while its encoder is there, to be gone back to. */
  readonly previous: EmbeddingSpace | null;
  readonly spaces: readonly SpaceRecord[];
}

export interface SpaceProgress {
  readonly images: number;
  readonly embedded: number;
  /** Images without an embedding that cannot get one: their original is gone or damaged. */
  readonly unusable: number;
}

/** An image that cannot be embedded, and why. */
export interface EmbeddingGap {
  readonly imageId: number;
  readonly error: SerialisedError;
}

/** Port: which spaces the images are embedded at. Every process sees changes when the change log calls back. */
export abstract class EmbeddingSpaces {
  /** Cheap to ask again and again. */
  abstract version(): Promise<number>;
  abstract state(): Promise<SpacesState>;
  /**
   * Makes `spaces` exactly those wanted for the reason. One that nobody wants any more is forgotten; its embeddings stay
   * until `removeEmbeddings`.
   */
  abstract want(reason: SpaceReason, spaces: readonly (EmbeddingSpace & { dimension: number })[]): Promise<void>;
  /**
   * Makes a wanted space the one that searches use.
   *
   * @param previous what to go back to; null for nothing
   */
  abstract activate(active: EmbeddingSpace, previous: EmbeddingSpace | null): Promise<void>;
  /** Marks a space complete if it is. @returns whether it is */
  abstract completeIfFull(space: EmbeddingSpace): Promise<boolean>;
  /** Marks a complete space as not complete should an image lack an embedding all the same. @returns whether one does */
  abstract reopenIfLacking(space: EmbeddingSpace): Promise<boolean>;
  /** Marks a space as not complete, so that what arrives may lack an embedding in it: its encoder is gone for now. */
  abstract reopen(space: EmbeddingSpace): Promise<void>;
  abstract progress(space: EmbeddingSpace): Promise<SpaceProgress>;
  /** Notes images that cannot be embedded, so that they do not keep the space from being complete. */
  abstract noteGaps(space: EmbeddingSpace, gaps: readonly EmbeddingGap[]): Promise<void>;
  /** Those noted that still lack an embedding, by ascending id after `afterId`. */
  abstract gaps(space: EmbeddingSpace, afterId: number, limit: number): Promise<EmbeddingGap[]>;
  /** Forgets what was noted, so that the images are tried again. */
  abstract clearGaps(space: EmbeddingSpace): Promise<void>;
  /** Deletes embeddings of a space nobody wants. @returns how many; fewer than `limit` when none are left */
  abstract removeEmbeddings(space: EmbeddingSpace, limit: number): Promise<number>;
  /** Every space of which there are embeddings and that nobody wants. */
  abstract unwanted(): Promise<EmbeddingSpace[]>;
  /** Runs `work` unless another process is doing it for that encoder; resolves to null then. */
  abstract alone<T>(encoderId: number, work: () => Promise<T>): Promise<T | null>;
}

export const sameSpace = (a: EmbeddingSpace | null, b: EmbeddingSpace | null): boolean =>
  a?.encoderId === b?.encoderId && a?.tap === b?.tap;

/** Whether searches can use the space, as opposed to its vectors only being kept. */
export const isSearched = (space: SpaceRecord): boolean => space.wantedBy.some((reason) => !reason.startsWith('head:'));
