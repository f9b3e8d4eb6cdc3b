import { reportWithNames, trainingReportSchema, type CategoryNames, type TrainingReport } from '#libs/classifiers';
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

/**
 * A stored document. What was measured of an imported version came from outside: a report that cannot be read, which
 * earlier releases kept unchecked, is as good as none, and never in the way of the other versions.
 *
 * @param names that the categories have now; a version knows the ones they had when it was made
 */
export function readDocument(stored: unknown, names: CategoryNames): VersionDocument {
  const document = stored as VersionDocument;
  if (document.origin === 'trained') return { ...document, report: reportWithNames(document.report, names) };
  const { data } = trainingReportSchema.nullable().safeParse(document.report ?? null);
  return { origin: 'imported', report: data ? reportWithNames(data, names) : null };
}
