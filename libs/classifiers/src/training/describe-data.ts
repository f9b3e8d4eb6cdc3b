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

/** Independent examples: groups of near-duplicates among the positives. */
export function groupsOfCategory(data: PreparedSet, unit: number): number {
  const units = data.set.categories.length;
  return new Set(data.groups.filter((_, at) => !data.isCopy[at] && data.targets[at * units + unit] === 1)).size;
}

/** What is to be spread evenly over folds: the category; multi: the rarest category an image is in, or none. */
export function strataOf(data: PreparedSet, picked: readonly number[]): Int32Array {
  const units = data.set.categories.length;
  const sizes = data.set.categories.map((_, unit) => groupsOfCategory(data, unit));
  return Int32Array.from(picked, (at) => {
    let stratum = units;
    for (let unit = 0; unit < units; unit++) {
      if (data.targets[at * units + unit] !== 1) continue;
      if (stratum === units || (sizes[unit] as number) < (sizes[stratum] as number)) stratum = unit;
    }
    return stratum;
  });
}
