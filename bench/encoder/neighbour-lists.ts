import { summarise, type Described, type Measured } from './measures.js';

/** Rows of unit vectors, each with its nearest others by cosine. */
export interface NeighbourLists {
  readonly unit: Float32Array;
  readonly dimension: number;
  readonly k: number;
  /** n × k row numbers, nearest first. */
  readonly rows: Int32Array;
}

/** By brute force; O(n² · dimension). */
export function neighbourLists({ vectors, dimension }: Omit<Described, 'classes'>, k: number): NeighbourLists {
  const unit = Float32Array.from(vectors);
  const n = unit.length / dimension;
  for (let row = 0; row < n; row++) {
    const vector = unit.subarray(row * dimension, (row + 1) * dimension);
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;
    vector.forEach((value, i) => (vector[i] = value / length));
  }
  const rows = new Int32Array(n * k);
  const scores = new Float64Array(n);
  for (let query = 0; query < n; query++) {
    for (let row = 0; row < n; row++) scores[row] = row === query ? -Infinity : dot(unit, dimension, query, row);
    const order = [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
    rows.set(order.slice(0, k), query * k);
  }
  return { unit, dimension, k, rows };
}

export interface Change {
  /** Of each row's vectors of the one and the other. */
  readonly meanCosine: number;
  readonly leastCosine: number;
  /** Share of the k neighbours that both name, whatever their order. */
  readonly overlap: Measured;
  /** Share of rows whose nearest neighbour is the same. */
  readonly sameNearest: Measured;
}

/** How another form of an encoder changes what is found. @throws Error where vectors or rows do not correspond */
export function changeOf(before: NeighbourLists, after: NeighbourLists): Change {
  const { dimension, k } = before;
  if (before.unit.length !== after.unit.length || dimension !== after.dimension || k !== after.k)
    throw new Error('The encoders do not give vectors of the same dimension at this tap.');
  const n = before.unit.length / dimension;
  const queries = Array.from({ length: n }, (_, query) => query);
  const cosines = queries.map((query) => {
    let sum = 0;
    for (let i = query * dimension; i < (query + 1) * dimension; i++)
      sum += (before.unit[i] ?? 0) * (after.unit[i] ?? 0);
    return sum;
  });
  const of = ({ rows }: NeighbourLists, query: number) => Array.from(rows.subarray(query * k, (query + 1) * k));
  return {
    meanCosine: summarise(cosines).mean,
    leastCosine: Math.min(...cosines),
    overlap: summarise(
      queries.map((query) => {
        const known = new Set(of(before, query));
        return of(after, query).filter((row) => known.has(row)).length / k;
      }),
    ),
    sameNearest: summarise(queries.map((query) => (of(before, query)[0] === of(after, query)[0] ? 1 : 0))),
  };
}

/** Share of rows whose nearest neighbour is of their class. */
export function precisionAtOne({ rows, k }: NeighbourLists, classes: Int32Array): Measured {
  return summarise(Array.from(classes, (one, query) => (classes[rows[query * k] ?? -1] === one ? 1 : 0)));
}

function dot(unit: Float32Array, dimension: number, a: number, b: number): number {
  let sum = 0;
  for (let i = 0; i < dimension; i++) sum += (unit[a * dimension + i] ?? 0) * (unit[b * dimension + i] ?? 0);
  return sum;
}
