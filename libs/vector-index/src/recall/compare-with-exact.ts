import type { VectorAnswer, VectorIndexReader, VectorQuery } from '../vector-index.js';

export interface Comparison {
  /** Share of the exact answer that the search found, 0 … 1. */
  readonly recall: number;
  readonly answer: VectorAnswer;
  /** Milliseconds of the search and of the exact scan. */
  readonly searchMs: number;
  readonly exactMs: number;
}

/** Scores nearer than this are equal: either of two such images is right. */
const SAME_SCORE = 1e-6;
/** While images are being written the two may see different ones; then they are asked again. */
const TRIES = 3;

/**
 * Asks as is and by an exact scan, and compares. A hit is right where it scores as well as the last exact one.
 *
 * @returns `null` where nothing matches, or writing kept the two from seeing the same images
 */
export async function compareWithExact(
  index: Pick<VectorIndexReader, 'search'>,
  query: VectorQuery,
): Promise<Comparison | null> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const began = performance.now();
    const answer = await index.search(query);
    const between = performance.now();
    const exact = await index.search({ ...query, exact: true });
    const exactMs = performance.now() - between;
    if (answer.sequence !== exact.sequence || answer.matched !== exact.matched) continue;
    const least = exact.hits.at(-1)?.score;
    if (least === undefined) return null;
    const right = answer.hits.filter(({ score }) => score >= least - SAME_SCORE).length;
    return {
      recall: Math.min(1, right / exact.hits.length),
      answer,
      searchMs: between - began,
      exactMs,
    };
  }
  return null;
}
