import type { SearchedPoint } from '../report/training-report.js';

/**
 * The setting of the least loss on images left out; of an SVM, the least sum of loss and share of images wrong. Softmax
 * and MLP are fitted to their loss, and it says more of them than the images that happen to be right. An SVM is fitted to margins; by the
 * loss of its margins alone too weak or too strong a regularisation is chosen where images are many, by images right
 * alone where they are few (docs/classifiers-evaluation.md). Kinds are compared by loss.
 *
 * @returns undefined where no setting was measured
 */
export function chooseSetting(points: readonly SearchedPoint[]): SearchedPoint | undefined {
  const kinds = new Set(points.map(({ kind }) => kind));
  const ofKinds = [...kinds].map((own) =>
    leastBy(
      points.filter(({ kind }) => kind === own),
      costOf,
    ),
  );
  return leastBy(
    ofKinds.filter((point) => point !== undefined),
    lossOf,
  );
}

const lossOf = ({ loss }: SearchedPoint): number => loss ?? Infinity;

const costOf = (point: SearchedPoint): number => lossOf(point) + (point.kind === 'svm' ? 1 - (point.accuracy ?? 0) : 0);

/** The first of those that have the least finite value. */
function leastBy(points: readonly SearchedPoint[], value: (point: SearchedPoint) => number): SearchedPoint | undefined {
  return points.reduce<SearchedPoint | undefined>(
    (best, point) => (value(point) < (best === undefined ? Infinity : value(best)) ? point : best),
    undefined,
  );
}
