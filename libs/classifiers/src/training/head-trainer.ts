import type { TrainingProgress, TrainingReport } from '../report/training-report.js';
import type { HeadDocument } from '../scoring/head-document.js';
import type { TrainingRequestInput } from './training-request.js';
import type { TrainingSet } from './training-set.js';

export interface TrainedHead {
  readonly document: HeadDocument;
  readonly report: TrainingReport;
}

export interface TrainingOptions {
  onProgress?(progress: TrainingProgress): void;
  /** Aborting ends the training at once; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** Port: makes a head out of labelled features. Nothing runs on the caller's thread. */
export abstract class HeadTrainer {
  /**
   * @throws DomainError `training_data_invalid` (shapes, NaN, unknown taps, one category only, a category without
   *   examples, only duplicates, contradictions everywhere), `invalid_request`, `training_diverged`, `training_aborted`
   */
  abstract train(set: TrainingSet, request: TrainingRequestInput, options?: TrainingOptions): Promise<TrainedHead>;

  /** Ends trainings that still run with `shutting_down`. */
  abstract close(): Promise<void>;
}
