import type { EmbeddingSpace } from './change.js';

/** Two images that look nearly the same. */
export interface NearPair {
  /** The smaller id. */
  readonly lowId: number;
  readonly highId: number;
  /** Cosine of their embeddings. */
  readonly score: number;
  /** Bits by which their perceptual hashes differ, 0 … 64. */
  readonly distance: number;
}

/** An image that has not been compared with the others yet. */
export interface UncheckedImage {
  readonly id: number;
  /** 16 hexadecimal digits; null for one that was stored before hashes were. */
  readonly perceptualHash: string | null;
}

/** What came of comparing some images. */
export interface CheckedImages {
  /** The one that their vectors are of. */
  readonly space: EmbeddingSpace;
  readonly ids: readonly number[];
  /** Hashes that were made only now, by image. */
  readonly hashes: ReadonlyMap<number, string>;
  readonly pairs: readonly NearPair[];
}

/** How alike two images must be to count as near-duplicates. */
export interface NearRule {
  /** Least cosine. */
  readonly threshold: number;
  /** Most bits between the perceptual hashes of a pair whose cosine is just the threshold … */
  readonly bits: number;
  /** … and how many more for each 1 of cosine over it. */
  readonly bitsPerCosine: number;
}

/** What decides which of several images is the best. */
export interface ImageQuality {
  readonly id: number;
  /** Width × height. */
  readonly pixels: number;
  readonly bytes: number;
  readonly createdAt: Date;
}

/** Port: pairs of near-duplicates, found in the background. */
export abstract class NearPairs {
  /**
   * Pairs are of the space in use: those of another are dropped, and every image waits to be compared again.
   *
   * @returns false, and nothing is changed, where the catalogue names another space to be used: this process has not
   *   changed to it yet
   */
  abstract useSpace(space: EmbeddingSpace): Promise<boolean>;
  /** Every image waits to be compared again; pairs stay until then. @returns how many */
  abstract recheck(): Promise<number>;
  /** Images that wait, the oldest first. */
  abstract unchecked(limit: number): Promise<UncheckedImage[]>;
  /** Perceptual hashes of images that have one. */
  abstract hashesOf(ids: readonly number[]): Promise<Map<number, string>>;
  /**
   * Keeps what was found, in one transaction; images that are gone meanwhile are passed over.
   *
   * @returns false, and nothing is kept, where pairs are of another space by now
   */
  abstract keep(checked: CheckedImages): Promise<boolean>;
  /** Runs `work` unless another process is at it. @returns null then */
  abstract alone<T>(work: () => Promise<T>): Promise<T | null>;
}

/** Port: duplicates as somebody asks for them. */
export abstract class DuplicateReader {
  /** How many images have not been compared yet. */
  abstract unchecked(): Promise<number>;
  /** Another number after every change of near-duplicate pairs and of what people said of them. */
  abstract version(): Promise<number>;
  /** Calls back with all pairs that count by the rule and that nobody has rejected, a batch at a time. */
  abstract nearPairs(
    rule: NearRule,
    collection: string | undefined,
    onBatch: (pairs: readonly NearPair[]) => void,
  ): Promise<void>;
  /** In no particular order; ids that are gone are left out. */
  abstract qualities(ids: readonly number[]): Promise<ImageQuality[]>;
  /** Pairs that count by the rule and that nobody has rejected, of which both images are among the ids. */
  abstract nearAmong(rule: NearRule, ids: readonly number[]): Promise<NearPair[]>;
  /** Images whose very bytes came from several sources, by descending id below `before`. */
  abstract exact(query: { before?: number; limit: number; collection?: string }): Promise<number[]>;
}

/** Two images that a person said are no duplicates. */
export interface Rejection {
  /** Content of the two, in ascending order. */
  readonly sha256: readonly [string, string];
  /** Ids, where the images are still there. */
  readonly ids: readonly [number | null, number | null];
  readonly at: Date;
}

/** Port: what people said is no duplicate. By content, so that it outlives the images. */
export abstract class Rejections {
  /** Idempotent. Images that are gone are passed over. @returns how many pairs are new */
  abstract add(pairs: readonly (readonly [number, number])[]): Promise<number>;
  /** @returns how many pairs there were */
  abstract remove(pairs: readonly (readonly [number, number])[]): Promise<number>;
  /** Of which both images are among the ids. */
  abstract among(ids: readonly number[]): Promise<Pick<NearPair, 'lowId' | 'highId'>[]>;
  /** Newest first. @throws DomainError `invalid_request` for a cursor nobody gave out */
  abstract list(query: {
    cursor?: string;
    limit: number;
  }): Promise<{ rejections: readonly Rejection[]; nextCursor: string | null }>;
}
