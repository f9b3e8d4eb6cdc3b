import type { TrainingRequest, HeadKind } from '../training/training-request.js';
import type { Metrics } from './metrics.js';

/** How far a training is, for a person who waits. */
export interface TrainingProgress {
  readonly stage: 'grouping' | 'searching' | 'fitting' | 'calibrating' | 'measuring' | 'checking';
  /** 0 … 1 over the whole training. */
  readonly done: number;
  /** One sentence. */
  readonly message: string;
  /** Set while searching: the point that was just tried. */
  readonly point?: SearchedPoint;
  /** Set while a gradient-trained head is fitted: the newest point of its curve. */
  readonly curve?: LearningCurvePoint;
}

/** One setting tried by cross-validation. */
export interface SearchedPoint {
  readonly round: number;
  readonly kind: HeadKind;
  readonly taps: readonly string[];
  readonly l2: number;
  readonly l1: number;
  /** null for heads solved to the optimum. */
  readonly learningRate: number | null;
  /** Mean over the folds of the loss on images left out; null where it was stopped early or diverged. */
  readonly loss: number | null;
  /** Share of images left out whose most probable category was right (multi: mean over categories). */
  readonly accuracy: number | null;
  /** Standard error of `loss` over the folds. */
  readonly standardError: number | null;
  /** In words, why the point was given up; null when it was not. */
  readonly stopped: string | null;
}

/**
 * How a fit went, of softmax and MLP. What is said of images left out is of the calibration fold: null where the head was fitted
 * to all images (cross-fit). Accuracies of a solver are null at most of its later iterations.
 */
export interface LearningCurvePoint {
  /** Epoch of a gradient-trained head, iteration of a solver. */
  readonly step: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number | null;
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
}

/** Accuracy against the number of examples, for "would more labels help?". */
export interface AccuracyCurvePoint {
  /** Images learnt from, without their augmented copies, over the number of categories. */
  readonly examplesPerCategory: number;
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
  /** Independent images measured on, as of an `Estimate`. */
  readonly n: number;
}

export type CheckOutcome = 'passed' | 'warning' | 'failed' | 'skipped';

/** One of the checks that a careful person makes. */
export interface Check {
  readonly name:
    'initial-loss' | 'overfit-subset' | 'finite' | 'convergence' | 'generalisation-gap' | 'noisy-loss' | 'data';
  readonly outcome: CheckOutcome;
  /** What was seen and what to do about it, in words. */
  readonly words: string;
  readonly value: number | null;
  readonly expected: number | null;
}

export interface CategoryCounts {
  readonly id: string;
  readonly name: string;
  readonly positives: number;
  readonly negatives: number;
  readonly unknown: number;
  /** Groups of near-duplicates among the positives: how many independent examples there are. */
  readonly groups: number;
}

/** A label that a head, fitted without it, finds hard to believe; every image is asked about that can be left out. */
export interface SuspiciousLabel {
  readonly imageId: string;
  /** Category whose label is doubted. */
  readonly categoryId: string;
  readonly label: 1 | -1;
  /** Out-of-fold probability of the label as given. */
  readonly probability: number;
  /** single: the category that was more probable. */
  readonly suggestedCategoryId: string | null;
}

export type SplitSummary =
  | {
      readonly scheme: 'three-way';
      readonly train: number;
      readonly calibration: number;
      readonly test: number;
      readonly groups: number;
    }
  | {
      readonly scheme: 'cross-fit';
      readonly folds: number;
      readonly repeats: number;
      readonly rows: number;
      readonly groups: number;
    };

/** What was measured, image by image; the three have one length. */
export interface Outcomes {
  /** Ids of the training set, as everywhere in a report. */
  readonly imageIds: readonly string[];
  /** Images of one group are near-duplicates of each other. */
  readonly groups: readonly number[];
  /** Share of the times it was asked about that it was decided right (multi: of its labels), to a thousandth. */
  readonly right: readonly number[];
}

/** Everything a person may want to know about one trained version; JSON. */
export interface TrainingReport {
  readonly request: TrainingRequest;
  readonly seed: number;
  readonly encoderFingerprint: string;
  /** SHA-256 over ids, labels, groups, features and categories: the data this version saw. */
  readonly dataDigest: string;
  readonly data: {
    readonly rows: number;
    readonly copies: number;
    readonly categories: readonly CategoryCounts[];
    /** Rows that were not used, and why. */
    readonly leftOut: readonly { readonly imageId: string; readonly reason: string }[];
    /** Near-duplicates with labels that contradict each other. */
    readonly conflicts: readonly { readonly imageIds: readonly string[]; readonly reason: string }[];
  };
  readonly split: SplitSummary;
  readonly chosen: {
    readonly kind: HeadKind;
    readonly taps: readonly string[];
    readonly l2: number;
    readonly l1: number;
    readonly learningRate: number | null;
    readonly hidden: readonly number[];
    /** Why this one, in words. */
    readonly reason: string;
  };
  readonly searched: readonly SearchedPoint[];
  readonly learningCurve: readonly LearningCurvePoint[];
  readonly accuracyCurve: readonly AccuracyCurvePoint[];
  readonly checks: readonly Check[];
  readonly metrics: Metrics;
  /** Absent in reports of earlier releases. */
  readonly outcomes?: Outcomes | undefined;
  readonly suspicious: readonly SuspiciousLabel[];
  readonly milliseconds: number;
}
