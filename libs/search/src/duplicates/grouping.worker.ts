import { Moved, serve, standBack } from '#libs/threads';
import { groupByBest, type PairColumns, type QualityColumns } from './group-by-best.js';

standBack();
serve({
  group: (pairs: PairColumns, images: QualityColumns) => {
    const groups = groupByBest(pairs, images);
    return new Moved(
      groups,
      Object.values(groups).map((column) => (column as Float64Array).buffer as ArrayBuffer),
    );
  },
});
