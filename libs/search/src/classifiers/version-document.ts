import type { TrainingReport } from '#libs/classifiers';
import type { DataSnapshot } from './training-data.js';
import type { TrainingOrder } from './training-request.js';

/** What a version keeps beside its head. */
export type VersionDocument =
  | {
      readonly origin: 'trained';
      readonly trainingId: number;
      readonly order: TrainingOrder;
      readonly encoder: { readonly name: string; readonly fingerprint: string };
      readonly data: DataSnapshot;
      readonly report: TrainingReport;
    }
  | {
      readonly origin: 'imported';
      /** As the file says; null where it holds a bare head. */
      readonly report: TrainingReport | null;
    };
