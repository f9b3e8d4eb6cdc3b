/** Pairs of near-duplicates, column by column. */
export interface PairColumns {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly score: Float64Array;
  readonly distance: Float64Array;
}

/** Every image that occurs in the pairs, with what decides which is better; see `QUALITIES`. */
export interface QualityColumns {
  readonly id: Float64Array;
  readonly pixels: Float64Array;
  readonly bytes: Float64Array;
  /** Milliseconds since 1970. */
  readonly createdAt: Float64Array;
}

/** Groups one after the other, the one with the highest id first. */
export interface GroupColumns {
  /** The highest id of each group. */
  readonly keys: Float64Array;
  /** Where the members of each group begin, and where those of the last end. */
  readonly offsets: Int32Array;
  /** Best of the group first, the others by quality. */
  readonly members: Float64Array;
  /** Cosine of each member with the best of its group; NaN for the best itself. */
  readonly scores: Float64Array;
  readonly distances: Float64Array;
}

/**
 * Groups of near-duplicates in which every member forms a pair with the best one: the best image of all takes those it forms
 * a pair with, the best of the rest takes its own of the rest, and so on (leader clustering; Hartigan, "Clustering
 * Algorithms", 1975, chapter 3, with the leaders in order of quality).
 *
 * Connected components would chain: a is like b and b like c, and a is nothing like c. Here whatever a person throws away
 * is a near-duplicate of what is kept. What is like a thrown-away image only is left alone.
 *
 * Images that occur in pairs and not in `images` are passed over.
 */
export function groupByBest(pairs: PairColumns, images: QualityColumns): GroupColumns {
  const order = inOrder(images);
  const rank = new Map<number, number>();
  order.forEach((id, at) => rank.set(id, at));
  const others: { rank: number; pair: number }[][] = [];
  for (let pair = 0; pair < pairs.low.length; pair++) {
    const [one, other] = [rank.get(at(pairs.low, pair)), rank.get(at(pairs.high, pair))];
    if (one === undefined || other === undefined) continue;
    (others[one] ??= []).push({ rank: other, pair });
    (others[other] ??= []).push({ rank: one, pair });
  }
  const taken = new Uint8Array(order.length);
  const groups: { key: number; members: { id: number; pair: number }[] }[] = [];
  order.forEach((id, best) => {
    if (taken[best]) return;
    const own = (others[best] ?? []).filter((other) => !taken[other.rank]).sort((a, b) => a.rank - b.rank);
    if (own.length === 0) return;
    taken[best] = 1;
    const members = [{ id, pair: -1 }];
    for (const other of own) {
      taken[other.rank] = 1;
      members.push({ id: at(order, other.rank), pair: other.pair });
    }
    groups.push({ key: members.reduce((most, member) => Math.max(most, member.id), 0), members });
  });
  groups.sort((a, b) => b.key - a.key);
  const flat = groups.flatMap(({ members }) => members);
  let end = 0;
  return {
    keys: Float64Array.from(groups, ({ key }) => key),
    offsets: Int32Array.from([0, ...groups.map(({ members }) => (end += members.length))]),
    members: Float64Array.from(flat, ({ id }) => id),
    scores: Float64Array.from(flat, ({ pair }) => (pair < 0 ? NaN : at(pairs.score, pair))),
    distances: Float64Array.from(flat, ({ pair }) => (pair < 0 ? NaN : at(pairs.distance, pair))),
  };
}

/** Ids, the best image first, by `QUALITIES`; by the smaller id where nothing else tells them apart. */
function inOrder({ id, pixels, bytes, createdAt }: QualityColumns): Float64Array {
  const rows = Int32Array.from(id, (_, row) => row);
  rows.sort(
    (a, b) =>
      at(pixels, b) - at(pixels, a) ||
      at(bytes, b) - at(bytes, a) ||
      at(createdAt, a) - at(createdAt, b) ||
      at(id, a) - at(id, b),
  );
  return Float64Array.from(rows, (row) => at(id, row));
}

const at = (column: Float64Array, row: number): number => column[row] ?? NaN;
