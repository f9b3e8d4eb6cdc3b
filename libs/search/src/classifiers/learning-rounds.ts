import type { Estimate } from '#libs/classifiers';
import type { VersionView } from './manage-versions.js';

/** One round of labelling and training: what its labels brought. */
export interface LearningRound {
  readonly version: number;
  readonly examples: number;
  /** More examples than the version before was made from. */
  readonly added: number;
  readonly top1: Estimate;
  /** top-1 less that of the version before; null for the first. */
  readonly gain: number | null;
  /** That gain for each 10 added examples; null without any. */
  readonly gainPerTen: number | null;
}

/** Rounds of a classifier, oldest first; imported versions have no data of their own and are left out. */
export function learningRounds(versions: readonly VersionView[]): LearningRound[] {
  const trained = versions
    .flatMap(({ number, document }) =>
      document.origin === 'trained'
        ? [{ number, examples: document.data.examples, top1: document.report.metrics.top1 }]
        : [],
    )
    .sort((a, b) => a.number - b.number);
  return trained.map(({ number, examples, top1 }, at): LearningRound => {
    const before = trained[at - 1];
    const added = examples - (before?.examples ?? 0);
    const gain = before?.top1.value == null || top1.value === null ? null : top1.value - before.top1.value;
    return {
      version: number,
      examples,
      added,
      top1,
      gain,
      gainPerTen: gain === null || added <= 0 ? null : (gain * 10) / added,
    };
  });
}
