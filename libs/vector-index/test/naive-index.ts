import type { VectorHit } from '../src/vector-index.js';

/** The oracle: a map and a loop in double precision. */
export class NaiveIndex {
  readonly vectors = new Map<number, Float32Array>();

  search(
    query: Float32Array,
    k: number,
    accept: (id: number) => boolean = () => true,
  ): { hits: VectorHit[]; matched: number } {
    const hits: VectorHit[] = [];
    for (const [id, vector] of this.vectors) if (accept(id)) hits.push({ id, score: cosine(query, vector) });
    hits.sort((a, b) => b.score - a.score || a.id - b.id);
    return { hits: hits.slice(0, k), matched: hits.length };
  }
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? 0;
    dot += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return dot / Math.sqrt(squaresA * squaresB);
}
