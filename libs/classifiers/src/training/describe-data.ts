import type { CategoryCounts } from '../report/training-report.js';
import type { PreparedSet } from './prepare-set.js';

/** How many labels of each sort every category has; copies are not counted. */
export function describeData(data: PreparedSet): CategoryCounts[] {
  const units = data.set.categories.length;
  return data.set.categories.map((category, unit) => {
    const count = (label: number) =>
      data.rows.filter((_, at) => !data.isCopy[at] && data.targets[at * units + unit] === label).length;
    return {
      ...category,
      positives: count(1),
      negatives: count(-1),
      unknown: count(0),
      groups: groupsOfCategory(data, unit),
    };
  });
}

/** Independent examples: groups of near-duplicates among the positives, or among the negatives. */
export function groupsOfCategory(data: PreparedSet, unit: number, label: 1 | -1 = 1): number {
  const units = data.set.categories.length;
  return new Set(data.groups.filter((_, at) => !data.isCopy[at] && data.targets[at * units + unit] === label)).size;
}

/**
 * What is to be spread evenly over folds: the category; multi: the rarest thing that is said of an image, be it that it is
 * in a category or that it is not.
 */
export function strataOf(data: PreparedSet, picked: readonly number[]): Int32Array {
  const units = data.set.categories.length;
  // Of a single category only what is in it: what is not is in another one, and spread with that.
  const labels = data.set.mode === 'multi' ? ([1, -1] as const) : ([1] as const);
  const strata = labels.flatMap((label) =>
    data.set.categories.map((_, unit) => ({ unit, label, size: groupsOfCategory(data, unit, label) })),
  );
  return Int32Array.from(picked, (at) => {
    let rarest = -1;
    strata.forEach(({ unit, label, size }, stratum) => {
      if (data.targets[at * units + unit] !== label) return;
      if (rarest === -1 || size < (strata[rarest]?.size ?? 0)) rarest = stratum;
    });
    return rarest;
  });
}
