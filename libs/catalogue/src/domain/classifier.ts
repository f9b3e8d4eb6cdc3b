import type { SerialisedError } from '#libs/errors';

/** single: an image is in exactly one category; multi: each category is a yes/no question of its own. */
export type ClassifierKind = 'single' | 'multi';

export interface CategoryRecord {
  readonly id: number;
  readonly name: string;
  /** Labels that hold now and whose image is there. */
  readonly positives: number;
  readonly negatives: number;
}

export interface ClassifierRecord {
  readonly id: number;
  readonly name: string;
  readonly kind: ClassifierKind;
  /** In the order in which they were added. */
  readonly categories: readonly CategoryRecord[];
  /** Number of the version that filters use; null before there is one. */
  readonly versionInUse: number | null;
  /** Labels whose image was deleted; they are kept, and count again if the same content comes back. */
  readonly labelsWithoutImage: number;
  readonly createdAt: Date;
}

/** What a label can be about: an image of the catalogue, or an example (a person's own image outside of it). */
export type LabelSubject = { readonly imageId: number } | { readonly exampleId: number };

/** `cleared` takes a label back. */
export type LabelValue = 'positive' | 'negative' | 'cleared';

export interface LabelStatement {
  readonly subject: LabelSubject;
  readonly categoryId: number;
  readonly value: LabelValue;
}

/** How one statement ended. `superseded`: categories of which the image was taken out, because it can be in only one. */
export type LabelOutcome =
  | {
      readonly status: 'labelled' | 'unchanged';
      readonly exampleId: number;
      readonly superseded: readonly number[];
    }
  | { readonly status: 'failed'; readonly error: SerialisedError };

export interface LabelRecord {
  readonly exampleId: number;
  /** null: an own image, or one that was deleted. */
  readonly imageId: number | null;
  readonly own: boolean;
  readonly name: string | null;
  readonly categoryId: number;
  readonly positive: boolean;
  readonly origin: string;
  readonly at: Date;
}

/** One row of the history; never changed. */
export interface LabelEvent {
  readonly id: number;
  readonly exampleId: number;
  readonly imageId: number | null;
  readonly categoryId: number;
  readonly category: string;
  readonly value: LabelValue;
  /** What held before; null: nothing. */
  readonly before: 'positive' | 'negative' | null;
  readonly origin: string;
  readonly at: Date;
}

export interface ExampleRecord {
  readonly id: number;
  readonly sha256: string;
  /** The catalogue's image of that content; null where it has none. */
  readonly imageId: number | null;
  readonly own: boolean;
  readonly name: string | null;
}

/** The labels of one example, as a training sees them. */
export interface LabelledExample extends ExampleRecord {
  readonly labels: readonly { readonly categoryId: number; readonly positive: boolean }[];
}

export interface NewHeadVersion {
  readonly classifierId: number;
  readonly encoderFingerprint: string;
  readonly taps: readonly string[];
  /** In the order of the head's scores. */
  readonly categoryIds: readonly number[];
  /** Report, settings, data snapshot: JSON, whatever its maker keeps. */
  readonly document: unknown;
  /** The head itself, byte for byte. */
  readonly weights: Buffer;
  /** The training that made it: it names the version from then on, and cannot be cancelled any more. */
  readonly trainingId?: number;
}

export interface HeadVersionRecord {
  readonly id: number;
  readonly classifierId: number;
  /** 1, 2, … within the classifier. */
  readonly number: number;
  readonly encoderFingerprint: string;
  readonly taps: readonly string[];
  readonly categoryIds: readonly number[];
  readonly document: unknown;
  readonly inUse: boolean;
  readonly createdAt: Date;
}

/** A head that images have to be scored with: in use, or about to be. */
export interface LiveHead {
  readonly versionId: number;
  readonly classifierId: number;
  readonly encoderFingerprint: string;
  readonly taps: readonly string[];
  readonly categoryIds: readonly number[];
}

/** A version that filters use. */
export interface HeadInUse {
  readonly classifierId: number;
  readonly number: number;
  readonly encoderFingerprint: string;
  readonly taps: readonly string[];
}

export type JobStatus = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export interface TrainingRecord {
  readonly id: number;
  readonly classifierId: number;
  readonly status: JobStatus;
  readonly request: unknown;
  readonly progress: unknown;
  /** How often it has been taken up. */
  readonly attempts: number;
  /** Number of the version it made. */
  readonly version: number | null;
  readonly error: SerialisedError | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export interface RescoringRecord {
  readonly id: number;
  readonly classifierId: number;
  readonly versionId: number;
  /** Number of the version. */
  readonly version: number;
  readonly status: JobStatus;
  readonly scored: number;
  readonly total: number;
  /** Images that could not be scored, because their original is gone or cannot be decoded, or features are no numbers. */
  readonly lacking: number;
  readonly error: SerialisedError | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** Scores of several images under one version: row-major images × categories. */
export interface ScoreBatch {
  readonly versionId: number;
  readonly categoryIds: readonly number[];
  readonly imageIds: readonly number[];
  readonly scores: Float32Array;
}

export interface FeatureRows {
  /** Ascending. */
  readonly imageIds: number[];
  /** Row-major: the taps of each image one after the other. */
  readonly features: Float32Array;
}
