import { HeadScorer, type HeadKind, type TrainingRequest } from '#libs/classifiers';
import { trainHead } from '../../libs/classifiers/src/training/train-head.js';
import type { SetFeatures } from './features.js';
import { shotsOf } from './folds.js';
import type { PhotoSet } from './photo-sets.js';
import { categoryOf, mostProbable, pickRows, trainingSetOf } from './photo-training.js';

/** One training, and what it says of the photos held out. */
export interface CellResult {
  readonly model: string;
  readonly set: string;
  /** Examples a category; 0: all. */
  readonly shots: number;
  readonly head: HeadKind;
  readonly fold: number;
  /** Row numbers within the set. */
  readonly train: readonly number[];
  readonly test: readonly number[];
  readonly l2: number;
  readonly accuracy: number;
  /** Processor time of the training: on a busy machine the clock tells little. */
  readonly seconds: number;
  /** Score of the most probable category, and whether it was right, per test row. */
  readonly confidences: readonly number[];
  readonly hits: readonly number[];
  /** Share of photos of the other sets, null where there are none, and of the test photos, that are refused. */
  readonly refusedOthers: number | null;
  readonly refusedOwn: number;
}

export interface Cell {
  readonly model: string;
  readonly shots: number;
  readonly head: HeadKind;
  readonly fold: number;
}

/**
 * Trains on the photos of the other folds as the product does and asks about those of `cell.fold`.
 *
 * @param tap the one tap that features are taken from, as scikit-learn gets them
 * @param search by folds of the training photos
 */
export function evaluateCell(
  sets: readonly PhotoSet[],
  features: readonly SetFeatures[],
  at: number,
  folds: Int32Array,
  cell: Cell,
  { tap, search }: { tap: string; search: TrainingRequest['search'] },
): CellResult {
  const set = sets[at] as PhotoSet;
  const values = features[at]?.[tap] ?? new Float32Array();
  const dimension = values.length / set.photos.length;
  const test = set.photos.flatMap((_, row) => (folds[row] === cell.fold ? [row] : []));
  const train = shotsOf(set, folds, cell.fold, cell.shots);
  const before = process.cpuUsage();
  const { document, report } = trainHead(trainingSetOf(set, { [tap]: values }, train), {
    heads: [cell.head],
    split: 'cross-fit',
    search,
  });
  const { user, system } = process.cpuUsage(before);
  const scorer = new HeadScorer(document);
  const units = set.categories.length;
  const scores = scorer.scores(pickRows(values, dimension, test));
  const said = mostProbable(scores, units);
  const hits = said.map((category, row) => (category === categoryOf(set, test[row] ?? 0) ? 1 : 0));
  const others = features.flatMap((one, other) => (other === at ? [] : [one[tap] ?? new Float32Array()]));
  const refused = others.map((one) => refusedShare(scorer, one) * one.length);
  const asked = others.reduce((sum, one) => sum + one.length, 0);
  return {
    ...cell,
    set: set.name,
    train,
    test,
    l2: report.chosen.l2,
    accuracy: hits.reduce<number>((sum, hit) => sum + hit, 0) / test.length,
    seconds: (user + system) / 1e6,
    confidences: said.map((category, row) => Number((scores[row * units + category] ?? 0).toFixed(5))),
    hits,
    refusedOthers: asked === 0 ? null : refused.reduce((sum, n) => sum + n, 0) / asked,
    refusedOwn: refusedShare(scorer, pickRows(values, dimension, test)),
  };
}

function refusedShare(scorer: HeadScorer, features: Float32Array): number {
  const distances = scorer.distances(features);
  return distances === null ? 0 : distances.filter((distance) => distance > 1).length / distances.length;
}
