import { Moved, serve, standBack } from '#libs/threads';
import type { NearRule } from '#libs/catalogue';
import { groupByBest, type PairColumns, type QualityColumns } from './group-by-best.js';
import { looksOf, nearJoins, type LookColumns } from './near-joins.js';

standBack();
serve({
  group: (pairs: PairColumns, images: QualityColumns) => {
    const groups = groupByBest(pairs, images);
    return new Moved(
      groups,
      Object.values(groups).map((column) => (column as Float64Array).buffer as ArrayBuffer),
    );
  },
  join: (looks: LookColumns, rule: NearRule, rejected: readonly (readonly [number, number])[]) => {
    const pairs = new Set(rejected.map(([one, other]) => `${one} ${other}`));
    const isRejected = (one: number, other: number) => pairs.has(`${one} ${other}`) || pairs.has(`${other} ${one}`);
    return nearJoins(looksOf(looks), rule, isRejected);
  },
});
