import type { Estimate, PairedDifference } from '#libs/classifiers';
import type { VersionView } from './manage-versions.js';
import { pairedVersions } from './paired-versions.js';

/** One round of labelling and training: what its labels brought. */
export interface LearningRound {
  readonly version: number;
  readonly examples: number;
  /** More examples than the version before was made from. */
  readonly added: number;
  readonly top1: Estimate;
  /**
   * Against the version before, on the images that both were measured on: added examples are often the hardest, and a top-1 that
   * counts them too can fall while the head gets better. null for the first, and where `pairedVersions` has nothing to compare.
   */
  readonly gain: PairedDifference | null;
}

/** Rounds of a classifier, oldest first; imported versions have no data of their own and are left out. */
export function learningRounds(versions: readonly VersionView[]): LearningRound[] {
  const trained = versions
    .flatMap(({ number, document }) => (document.origin === 'trained' ? [{ number, document }] : []))
    .sort((a, b) => a.number - b.number);
  return trained.map(({ number, document }, at): LearningRound => {
    const before = trained[at - 1]?.document;
    const { examples } = document.data;
    const added = examples - (before?.data.examples ?? 0);
    const gain = before ? pairedVersions(before, document) : null;
    return {
      version: number,
      examples,
      added,
      top1: document.report.metrics.top1,
      gain,
    };
  });
}
