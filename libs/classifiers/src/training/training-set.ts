/** single: an image is in exactly one category. multi: each category is a yes/no question of its own. */
export type ClassifierMode = 'single' | 'multi';

export interface Category {
  /** Stable; what a head's scores are stored under. */
  readonly id: string;
  /** For people: it stands in checks and tables. */
  readonly name: string;
}

export const POSITIVE = 1;
export const NEGATIVE = -1;
export const UNKNOWN = 0;

/**
 * What a head is trained on: n labelled images with their cached embeddings. Plain data, so that it can be handed to a
 * thread; a `Float32Array` over a `SharedArrayBuffer` is handed over without a copy.
 */
export interface TrainingSet {
  readonly mode: ClassifierMode;
  /** C categories. */
  readonly categories: readonly Category[];
  /** Fingerprint of the encoder the features come from; a head scores vectors of that encoder only. */
  readonly encoderFingerprint: string;
  /** n image ids, each once (an augmented copy carries an id of its own). */
  readonly ids: readonly string[];
  /** Per tap a row-major n × d matrix, in the order of `ids`. Raw as the encoder gives them; they are standardised here. */
  readonly features: Readonly<Record<string, Float32Array>>;
  /** Row-major n × C: 1 the image is in the category, −1 it is not, 0 nobody said. */
  readonly labels: Int8Array;
  /**
   * n group numbers; images of one group (near-duplicates) are never on both sides of a split. Left out: groups are found
   * here, by `TrainingRequest.duplicateCosine`. A negative number means "none": a group of its own.
   */
  readonly groups?: Int32Array;
  /**
   * Pairs of row numbers that are known to be near-duplicates, beside those that the features show: altered copies whose
   * features differ more than `duplicateCosine` allows. Of no effect where `groups` is given.
   */
  readonly alike?: readonly (readonly [number, number])[];
  /**
   * n row numbers: the row this one is an augmented copy of, or −1. Copies are fitted to, never measured on, and stay in
   * the group of their original. Left out: no row is a copy.
   */
  readonly copyOf?: Int32Array;
}
