import type { EmbeddingSpace } from './change.js';

/** Anything JSON; what a person says of an image. */
export type Metadata = Readonly<Record<string, unknown>>;

/** Where an image came from. An image lives until its last source is gone or somebody deletes it. */
export interface ImageSource {
  /** `upload`: posted, key is the file name; `external`: posted under an external id; `file`: imported, key is the absolute path. */
  readonly kind: 'upload' | 'external' | 'file';
  readonly key: string;
}

export interface ImageRecord {
  readonly id: number;
  /** Of the original's bytes, 64 hexadecimal digits. */
  readonly sha256: string;
  readonly format: string;
  /** Pixels, upright. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** 16 hexadecimal digits; null for an image that was stored before hashes were, until it has been compared. */
  readonly perceptualHash: string | null;
  readonly metadata: Metadata;
  readonly sources: readonly ImageSource[];
  readonly collections: readonly string[];
  /** Absolute path of an original that stays where it is; null: it is in the blob store. */
  readonly referencePath: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewImage {
  readonly sha256: string;
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** 16 hexadecimal digits. */
  readonly perceptualHash: string;
  readonly referencePath: string | null;
  /** At every space that images are embedded at. */
  readonly embeddings: readonly NewEmbedding[];
}

export interface NewEmbedding extends EmbeddingSpace {
  /** Raw, as the encoder gives it. */
  readonly vector: Float32Array;
}

/** Content that was already there when somebody looked. */
export interface KnownImage {
  readonly sha256: string;
  readonly referencePath: string | null;
  /** Tells the two apart: a new image that lacks a field is an error of types, not a known one. */
  readonly embeddings?: never;
}

/** One thing to store. */
export interface Arrival {
  readonly image: NewImage | KnownImage;
  readonly source: ImageSource;
  /** For sources of kind `file`. */
  readonly stamp?: FileStamp;
  readonly metadata?: Metadata;
  readonly collection?: string;
}

/** Size and time of an imported file, by which a later import knows that it has not changed. */
export interface FileStamp {
  readonly size: number;
  readonly modifiedMs: number;
}

/** `added`: new content; `existing`: the content was there; `replaced`: the source named other content before. */
export type ArrivalOutcome = 'added' | 'existing' | 'replaced';

export interface StoredArrival {
  readonly id: number;
  readonly outcome: ArrivalOutcome;
  /** Change-log sequence after which the image is found. */
  readonly sequence: number;
}

export interface ImagePage {
  readonly images: readonly ImageRecord[];
  /** Hand it back to get the next page; null at the end. */
  readonly nextCursor: string | null;
}
