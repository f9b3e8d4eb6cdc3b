/** What the API answers about classifiers, as far as the page reads it; see /docs for the whole. */
import type { Image, ItemError } from '../shared/types.js';

export interface Category {
  readonly id: string;
  readonly name: string;
  readonly positives: number;
  readonly negatives: number;
}

export interface Classifier {
  readonly id: string;
  readonly name: string;
  readonly kind: 'single' | 'multi';
  readonly categories: readonly Category[];
  readonly versionInUse: number | null;
  readonly labelsWithoutImage: number;
}

export type LabelValue = 'positive' | 'negative' | 'cleared';

export interface LabelReport {
  readonly results: readonly {
    readonly status: 'labelled' | 'unchanged' | 'failed';
    readonly example?: string;
    readonly superseded?: readonly string[];
    readonly error?: ItemError;
  }[];
  readonly classifier: Classifier;
}

export interface Label {
  readonly example: string;
  readonly image: string | null;
  readonly own: boolean;
  readonly name: string | null;
  readonly category: string;
  readonly value: 'positive' | 'negative';
}

export interface LabelPage {
  readonly labels: readonly Label[];
  readonly nextCursor: string | null;
}

export interface Conflict {
  readonly example: string;
  readonly image: string | null;
  readonly events: readonly {
    readonly category: string;
    readonly value: LabelValue;
    readonly origin: string;
    readonly at: string;
  }[];
}

/** A share with its 95 % interval. */
export interface Estimate {
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly tooFew: boolean;
}

export interface SearchedPoint {
  readonly kind: string;
  readonly taps: readonly string[];
  readonly l2: number;
  readonly learningRate: number | null;
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly stopped: string | null;
}

export interface CurvePoint {
  readonly step: number;
  readonly trainLoss: number;
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
}

export type JobStatus = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
export const isOver = ({ status }: { readonly status: JobStatus }): boolean =>
  status !== 'queued' && status !== 'running';

export interface Training {
  readonly id: string;
  readonly status: JobStatus;
  readonly progress: {
    readonly done: number;
    readonly message: string;
    readonly searched: readonly SearchedPoint[];
    readonly learningCurve: readonly CurvePoint[];
  };
  readonly attempts: number;
  readonly version: number | null;
  readonly error: ItemError | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface Rescoring {
  readonly version: number;
  readonly status: JobStatus;
  readonly scored: number;
  readonly total: number;
  readonly lacking: number;
  readonly error: ItemError | null;
}

export interface Version {
  readonly version: number;
  readonly inUse: boolean;
  readonly stale: boolean;
  readonly origin: 'trained' | 'imported';
  readonly kind: string | null;
  readonly taps: readonly string[];
  readonly examples: number | null;
  readonly top1: Estimate | null;
  readonly createdAt: string;
}

export interface CategoryMetrics {
  readonly id: string;
  readonly name: string;
  readonly positives: number;
  readonly precision: Estimate;
  readonly recall: Estimate;
  readonly f1: Estimate;
  readonly threshold: {
    readonly targetPrecision: number;
    readonly threshold: number | null;
    readonly precision: Estimate;
    readonly recall: Estimate;
  };
}

export interface Report {
  readonly seed: number;
  readonly chosen: { readonly reason: string; readonly l2: number };
  readonly searched: readonly SearchedPoint[];
  readonly learningCurve: readonly CurvePoint[];
  readonly accuracyCurve: readonly {
    readonly examplesPerCategory: number;
    readonly accuracy: number;
    readonly low: number;
    readonly high: number;
  }[];
  readonly checks: readonly {
    readonly name: string;
    readonly outcome: 'passed' | 'warning' | 'failed' | 'skipped';
    readonly words: string;
  }[];
  readonly metrics: {
    readonly sourceInWords: string;
    readonly top1: Estimate;
    readonly macroF1: number | null;
    readonly categories: readonly CategoryMetrics[];
    readonly confusion: readonly (readonly number[])[];
    readonly confusionByCategory: readonly (readonly (readonly number[])[])[];
    readonly calibration: {
      readonly ece: Estimate;
      readonly eceBefore: number | null;
      readonly bins: readonly { readonly n: number; readonly confidence: number; readonly accuracy: number }[];
    };
    readonly accepted: Estimate | null;
  };
  readonly milliseconds: number;
}

export interface VersionDetail extends Version {
  readonly data: { readonly leftOut: readonly { readonly reason: string }[] } | null;
  readonly report: Report | null;
}

/** Two versions on the images that both were measured on. */
export interface Paired {
  readonly n: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

export interface Round {
  readonly version: number;
  readonly examples: number;
  readonly added: number;
  readonly top1: Estimate;
  readonly gain: Paired | null;
}

export interface Comparison {
  readonly a: number;
  readonly b: number;
  readonly numbers: readonly {
    readonly what: string;
    readonly a: Estimate | null;
    readonly b: Estimate | null;
    readonly difference: number | null;
    readonly clear: boolean;
  }[];
  readonly settings: readonly { readonly what: string; readonly a: unknown; readonly b: unknown }[];
  readonly words: string;
}

export interface DoubtedLabel {
  readonly example: string;
  readonly image: string | null;
  readonly own: boolean;
  readonly category: string;
  readonly value: 'positive' | 'negative';
  readonly probability: number;
  readonly suggested: string | null;
  readonly state: 'open' | 'confirmed' | 'changed';
}

/** Near-duplicates of each other that were labelled differently. */
export interface Contradiction {
  readonly duplicates: readonly {
    readonly example: string;
    readonly image: string | null;
    readonly own: boolean;
    readonly name: string | null;
    readonly labels: readonly { readonly category: string; readonly value: 'positive' | 'negative' }[];
  }[];
  readonly state: 'open' | 'settled';
}

/** What is worth a second look. */
export interface Doubted {
  readonly labels: readonly DoubtedLabel[];
  readonly contradictions: readonly Contradiction[];
}

export interface Suggestion {
  readonly image: Image;
  readonly uncertainty: number | null;
  readonly scores: readonly { readonly name: string; readonly score: number }[];
}

export interface ScoredPage {
  readonly images: readonly { readonly score: number; readonly image: Image }[];
  readonly nextCursor: string | null;
}

export interface Counts {
  readonly versionInUse: number | null;
  readonly categories: readonly { readonly id: string; readonly name: string; readonly images: number }[];
}
