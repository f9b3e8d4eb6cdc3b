import { summariseAny, type Described, type Quality } from './measures.js';

const NEIGHBOURS = 10;

/**
 * Leave-one-out: each row asks for all others by cosine. Average precision is over the whole ranking (Manning, Raghavan,
 * Schütze, Introduction to Information Retrieval, 8.4); the 10-NN answer is the class with the largest sum of cosines.
 * Rows whose class has no other member cannot be answered rightly and are left out.
 */
export function neighbourMeasures(described: Described): Pick<Quality, 'map' | 'precision1' | 'precision5' | 'knn'> {
  const { vectors, dimension, classes } = described;
  const n = classes.length;
  const members = new Map<number, number>();
  for (const one of classes) members.set(one, (members.get(one) ?? 0) + 1);
  const found = { map: [] as number[], precision1: [] as number[], precision5: [] as number[], knn: [] as number[] };
  const scores = new Float64Array(n);
  for (let query = 0; query < n; query++) {
    const relevant = (members.get(classes[query] ?? -1) ?? 0) - 1;
    if (relevant < 1) continue;
    const own = vectors.subarray(query * dimension, (query + 1) * dimension);
    for (let row = 0; row < n; row++) scores[row] = dot(own, vectors, row * dimension);
    const order = [...scores.keys()].filter((row) => row !== query).sort((a, b) => at(scores, b) - at(scores, a));
    const hits = order.map((row) => (classes[row] === classes[query] ? 1 : 0));
    found.map.push(averagePrecision(hits, relevant));
    found.precision1.push(hits[0] ?? 0);
    found.precision5.push(hits.slice(0, 5).reduce<number>((sum, hit) => sum + hit, 0) / 5);
    found.knn.push(vote(order.slice(0, NEIGHBOURS), scores, classes) === classes[query] ? 1 : 0);
  }
  return {
    map: summariseAny(found.map),
    precision1: summariseAny(found.precision1),
    precision5: summariseAny(found.precision5),
    knn: summariseAny(found.knn),
  };
}

const at = (values: Float64Array, index: number): number => values[index] ?? 0;

function dot(a: Float32Array, b: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[from + i] ?? 0);
  return sum;
}

function averagePrecision(hits: readonly number[], relevant: number): number {
  let seen = 0;
  let sum = 0;
  for (const [rank, hit] of hits.entries()) {
    if (hit === 0) continue;
    seen++;
    sum += seen / (rank + 1);
  }
  return sum / relevant;
}

function vote(rows: readonly number[], scores: Float64Array, classes: Int32Array): number {
  const sums = new Map<number, number>();
  for (const row of rows) {
    const one = classes[row] ?? -1;
    sums.set(one, (sums.get(one) ?? 0) + at(scores, row));
  }
  return [...sums].sort((a, b) => b[1] - a[1])[0]?.[0] ?? -1;
}
