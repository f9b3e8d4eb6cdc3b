import { filterShape, type FilterShape } from '#libs/catalogue';
import type { VectorAnswer, VectorIndexReader, VectorQuery } from '../vector-index.js';

/** A search and the index it was asked of: there is one for each encoder and tap. */
export interface RecentQuery {
  readonly query: VectorQuery;
  readonly index: Pick<VectorIndexReader, 'search'>;
}

/** Queries kept of each shape. */
const KEPT = 32;

/**
 * A sample of the searches that were asked, apart by the shape of their filter: of all of a shape since it was last
 * taken, each is as likely to be in it (Vitter 1985, algorithm R). A few kilobytes a query, whatever the traffic.
 */
export class RecentQueries {
  private readonly samples = new Map<FilterShape, { seen: number; kept: RecentQuery[] }>();

  constructor(private readonly random: () => number = Math.random) {}

  /** Exact searches, as those by best score always are, are passed over: there is nothing to compare. */
  offer(recent: RecentQuery): void {
    const { query } = recent;
    if (query.exact || query.best) return;
    const shape = filterShape(query.filter);
    const sample = this.samples.get(shape) ?? { seen: 0, kept: [] };
    this.samples.set(shape, sample);
    sample.seen++;
    if (sample.kept.length < KEPT) {
      sample.kept.push(recent);
      return;
    }
    const place = Math.floor(this.random() * sample.seen);
    if (place < KEPT) sample.kept[place] = recent;
  }

  /** The sample of each shape; a new one begins. */
  take(): Map<FilterShape, readonly RecentQuery[]> {
    const taken = new Map([...this.samples].map(([shape, { kept }]) => [shape, kept] as const));
    this.samples.clear();
    return taken;
  }

  /** The same index, of whose searches a sample is kept. */
  watching(index: VectorIndexReader): VectorIndexReader {
    return {
      search: (query: VectorQuery): Promise<VectorAnswer> => {
        this.offer({ query, index });
        return index.search(query);
      },
      vectorsOf: (ids) => index.vectorsOf(ids),
      ids: () => index.ids(),
      stats: () => index.stats(),
      damage: () => index.damage(),
    };
  }
}
