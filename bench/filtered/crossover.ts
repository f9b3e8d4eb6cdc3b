import { inCollection } from '#libs/catalogue';
import type { VectorIndex } from '#libs/vector-index';
import { note, type Cell } from '../lib/report.js';
import { asking, measure, scanned } from './measure.js';
import type { NamedSets } from './named-sets.js';
import { randomSubset } from './subsets.js';

const CANDIDATES = [5000, 10_000, 20_000, 30_000, 40_000, 60_000, 80_000, 120_000, 160_000];

export const CROSSOVER_HEAD: readonly Cell[] = ['candidates', 'scan: p50', 'CPU ms', 'walk: p50', 'CPU ms', 'recall'];

/**
 * Where scanning what a filter leaves begins to cost more than walking the graph with it: random subsets of rising size,
 * each asked both ways, in turn.
 *
 * @param scanning and `walking`: the same rows, by a planner that always scans, and by one that never does
 */
export async function measureCrossover(
  { scanning, walking }: { scanning: VectorIndex; walking: VectorIndex },
  filters: NamedSets,
  vectors: readonly Float32Array[],
  queries: number,
): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for (const candidates of CANDIDATES.filter((count) => count < vectors.length)) {
    note(`${candidates} candidates`);
    const subset = randomSubset(vectors, candidates / vectors.length, queries);
    filters.sets.set(subset.name, subset.ids);
    const filter = inCollection(subset.name);
    const { truth, cost } = await scanned(scanning, subset, { filter });
    const walk = await measure(subset, truth, asking(walking, { filter }));
    rows.push([
      subset.ids.length,
      cost.p50.toFixed(2),
      cost.cpu.toFixed(2),
      walk.p50.toFixed(2),
      walk.cpu.toFixed(2),
      walk.recall.toFixed(4),
    ]);
  }
  return rows;
}
