import type { PreparedSet } from '../training/prepare-set.js';
import { hitOf, type Prediction } from './measure.js';
import type { Outcomes } from './training-report.js';

/** How each image that was measured came out, so that another version can be compared on the same images. */
export function outcomesOf(data: PreparedSet, predictions: readonly Prediction[]): Outcomes {
  const sums = new Map<number, { weight: number; hits: number }>();
  for (const one of predictions) {
    const sum = sums.get(one.at) ?? { weight: 0, hits: 0 };
    sums.set(one.at, { weight: sum.weight + one.weight, hits: sum.hits + one.weight * hitOf(data, one) });
  }
  const measured = [...sums].sort(([one], [other]) => one - other);
  return {
    imageIds: measured.map(([at]) => data.set.ids[data.rows[at] as number] as string),
    groups: measured.map(([at]) => data.groups[at] as number),
    right: measured.map(([, { weight, hits }]) => Math.round((1000 * hits) / weight) / 1000),
  };
}
