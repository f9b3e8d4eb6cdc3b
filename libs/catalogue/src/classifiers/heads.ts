import type { SerialisedError } from '#libs/errors';
import type {
  FeatureRows,
  HeadInUse,
  HeadVersionRecord,
  LiveHead,
  NewHeadVersion,
  RescoringRecord,
  ScoreBatch,
  TrainingRecord,
} from '../domain/classifier.js';

/** Port: head versions. They are never changed. */
export abstract class HeadVersions {
  /**
   * Gives it the classifier's next number; that of a deleted version is never given again.
   *
   * @throws DomainError `training_outdated` when one of its categories is not there any more; `training_aborted` when the
   *   training it comes from was cancelled, or has made a version already
   */
  abstract add(version: NewHeadVersion): Promise<HeadVersionRecord>;
  /** Newest first. */
  abstract list(classifierId: number): Promise<HeadVersionRecord[]>;
  abstract find(classifierId: number, number: number): Promise<HeadVersionRecord | null>;
  abstract weights(versionId: number): Promise<Buffer | null>;
  /** How many of its categories have not been removed since. */
  abstract categoriesLeft(versionId: number): Promise<number>;
  /** With its scores. @returns false when it is in use */
  abstract remove(versionId: number): Promise<boolean>;
  /** Heads that images have to be scored with now: those in use, and those being rescored. */
  abstract live(): Promise<LiveHead[]>;
  /** Those in use alone, by the name of their classifier. */
  abstract inUse(): Promise<HeadInUse[]>;
}

/** Port: trainings as rows, so that they outlive processes. */
export abstract class Trainings {
  abstract create(classifierId: number, request: unknown): Promise<TrainingRecord>;
  abstract find(classifierId: number, id: number): Promise<TrainingRecord | null>;
  /** Newest first. */
  abstract list(classifierId: number, limit: number): Promise<TrainingRecord[]>;
  /** Takes one up that is queued, or whose process has died; null when there is nothing to take. */
  abstract claim(id: number): Promise<TrainingRecord | null>;
  /** Queued ones, and running ones whose process has died. */
  abstract abandoned(): Promise<number[]>;
  /** @returns false when it was cancelled meanwhile */
  abstract report(id: number, progress: unknown): Promise<boolean>;
  abstract finish(id: number, end: { versionId: number } | { error: SerialisedError }): Promise<void>;
  /** Gives a claimed one back, for the next who asks. */
  abstract release(id: number): Promise<void>;
  /** @returns false when it had ended before, or its version is made */
  abstract cancel(id: number): Promise<boolean>;
}

/** Port: rescorings of the whole catalogue. */
export abstract class Rescorings {
  /** One for the version; an unfinished one of the same classifier is cancelled. */
  abstract create(classifierId: number, versionId: number): Promise<RescoringRecord>;
  abstract find(id: number): Promise<RescoringRecord | null>;
  abstract latest(classifierId: number): Promise<RescoringRecord | null>;
  abstract claim(id: number): Promise<RescoringRecord | null>;
  abstract abandoned(): Promise<number[]>;
  /** @returns false when it was cancelled meanwhile */
  abstract report(id: number, progress: { scored: number; total: number; lacking: number }): Promise<boolean>;
  /**
   * Makes its version the one in use, if no image that has the features lacks a score.
   *
   * @param unusable images that cannot be scored, because their features are no numbers
   * @returns false when there are such images; score them and ask again
   */
  abstract complete(
    id: number,
    space: { encoderId: number; taps: readonly string[] },
    unusable?: readonly number[],
  ): Promise<boolean>;
  abstract fail(id: number, error: SerialisedError): Promise<void>;
  abstract release(id: number): Promise<void>;
  abstract cancel(id: number): Promise<boolean>;
}

/** Port: scores of images, and the features they are made from. */
export abstract class CategoryScores {
  /**
   * Features of images that have no score under the version yet, by ascending id after `afterId`; images that lack one
   * of the taps are left out.
   */
  abstract unscored(
    space: { encoderId: number; taps: readonly string[] },
    versionId: number,
    afterId: number,
    limit: number,
  ): Promise<FeatureRows>;
  /** The same for given images; scored ones too where no version is named. */
  abstract featuresOf(
    space: { encoderId: number; taps: readonly string[] },
    imageIds: readonly number[],
    unscoredUnder?: number,
  ): Promise<FeatureRows>;
  /** Keeps scores of images that are still there. @returns how many rows */
  abstract keep(batch: ScoreBatch): Promise<number>;
  /** How many images there are, and how many have scores under the version. */
  abstract progress(versionId: number): Promise<{ images: number; scored: number }>;
  /** Under the version in use: per category how many images score at least `minScore`. */
  abstract counts(classifierId: number, minScore: number): Promise<{ categoryId: number; images: number }[]>;
  /** Under the version in use, best first; equal scores by descending id. */
  abstract browse(
    classifierId: number,
    categoryId: number,
    query: { minScore: number; maxScore: number; after?: { score: number; imageId: number }; limit: number },
  ): Promise<{ imageId: number; score: number }[]>;
  /** Under the version in use, all categories of the given images. */
  abstract ofImages(
    classifierId: number,
    imageIds: readonly number[],
  ): Promise<{ imageId: number; categoryId: number; score: number }[]>;
  /** Images between which the version in use cannot decide, most uncertain first, labelled ones left out. */
  abstract uncertain(
    classifierId: number,
    kind: 'single' | 'multi',
    limit: number,
  ): Promise<{ imageId: number; uncertainty: number }[]>;
}
