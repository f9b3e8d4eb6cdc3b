import { Random } from '../numeric/random.js';
import type { TrainingSet } from '../training/training-set.js';

/**
 * The set with augmented copies of every image, as a training gathers them: all originals first, then view after view.
 *
 * @param noise deviation of what a copy differs by; 0 makes exact copies
 */
export function withCopies(set: TrainingSet, views: number, noise = 0): TrainingSet {
  const random = new Random(11);
  const rows = set.ids.length;
  const all = Array.from({ length: views + 1 }, (_, view) => view);
  const features = Object.fromEntries(
    Object.entries(set.features).map(([tap, values]) => [
      tap,
      Float32Array.from({ length: values.length * all.length }, (_, at) => {
        const original = values[at % values.length] ?? 0;
        return at < values.length || noise === 0 ? original : original + noise * random.normal();
      }),
    ]),
  );
  return {
    ...set,
    features,
    ids: all.flatMap((view) => (view === 0 ? set.ids : set.ids.map((id) => `${id}/${view}`))),
    labels: Int8Array.from(
      { length: set.labels.length * all.length },
      (_, at) => set.labels[at % set.labels.length] ?? 0,
    ),
    ...(set.groups && {
      groups: Int32Array.from({ length: rows * all.length }, (_, at) => set.groups?.[at % rows] ?? -1),
    }),
    copyOf: Int32Array.from({ length: rows * all.length }, (_, at) => (at < rows ? -1 : at % rows)),
  };
}
