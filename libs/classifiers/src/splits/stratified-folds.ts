import { Random } from '../numeric/random.js';

/** The fold of rows that are in every training part and in no measured one. */
export const ALWAYS_TRAIN = -1;

export interface FoldInput {
  /** n stratum numbers: the category of a row, or whatever else is to be spread evenly. */
  readonly strata: Int32Array;
  /** n group numbers; a group is never divided. */
  readonly groups: Int32Array;
  /** Rows that may be measured; the others (copies) follow their group but are ignored in the balance. */
  readonly measured: (row: number) => boolean;
}

/**
 * Deals groups out to folds, seeded, so that every fold has about the same share of every stratum. A stratum with a single
 * group is never left out of training: its rows get `ALWAYS_TRAIN`.
 *
 * @returns n fold numbers, 0 … folds − 1 or `ALWAYS_TRAIN`
 */
export function stratifiedFolds(input: FoldInput, folds: number, random: Random): Int32Array {
  const byStratum = groupsByStratum(input);
  const foldOfGroup = new Map<number, number>();
  const load = new Float64Array(folds);
  for (const groups of byStratum) {
    if (groups.length === 1) {
      foldOfGroup.set((groups[0] as Group).id, ALWAYS_TRAIN);
      continue;
    }
    random.shuffle(groups);
    // Big groups first, so that the small ones can even out what they leave.
    groups.sort((a, b) => b.size - a.size);
    const own = new Float64Array(folds);
    for (const { id, size } of groups) {
      const fold = leastLoaded(own, load);
      own[fold] = (own[fold] as number) + size;
      load[fold] = (load[fold] as number) + size;
      foldOfGroup.set(id, fold);
    }
  }
  return input.groups.map((group) => foldOfGroup.get(group) ?? ALWAYS_TRAIN);
}

interface Group {
  readonly id: number;
  readonly size: number;
}

/** Groups of each stratum; a group belongs to the stratum most of its rows are in. */
function groupsByStratum({ strata, groups, measured }: FoldInput): Group[][] {
  const counts = new Map<number, Map<number, number>>();
  groups.forEach((group, row) => {
    if (!measured(row)) return;
    const own = counts.get(group) ?? new Map<number, number>();
    own.set(strata[row] as number, (own.get(strata[row] as number) ?? 0) + 1);
    counts.set(group, own);
  });
  const result = new Map<number, Group[]>();
  for (const [id, own] of counts) {
    const [stratum] = [...own].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
    const size = [...own.values()].reduce((sum, count) => sum + count, 0);
    result.set(stratum, [...(result.get(stratum) ?? []), { id, size }]);
  }
  return [...result].sort(([a], [b]) => a - b).map(([, own]) => own);
}

function leastLoaded(own: Float64Array, all: Float64Array): number {
  let best = 0;
  for (let fold = 1; fold < own.length; fold++) {
    const difference = (own[fold] as number) - (own[best] as number);
    if (difference < 0 || (difference === 0 && (all[fold] as number) < (all[best] as number))) best = fold;
  }
  return best;
}
