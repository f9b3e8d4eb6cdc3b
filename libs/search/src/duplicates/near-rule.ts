import type { NearRule } from '#libs/catalogue';

/** Pairs under this cosine are not kept, so no list can ask for them. */
export const LEAST_THRESHOLD = 0.5;

/** Measured on altered photos: see docs/duplicates.md. */
const BITS = 12;
const BITS_PER_COSINE = 25;

/**
 * What counts as near-duplicates: images whose embeddings and whose perceptual hashes agree. The surer the embeddings are,
 * the less is asked of the hashes, which a crop or a border changes a lot.
 *
 * @param threshold cosine, `LEAST_THRESHOLD` … 1
 */
export const nearRule = (threshold: number): NearRule => ({ threshold, bits: BITS, bitsPerCosine: BITS_PER_COSINE });

/** @param distance bits between the perceptual hashes */
export function isNear({ threshold, bits, bitsPerCosine }: NearRule, score: number, distance: number): boolean {
  return score >= threshold && distance <= bits + bitsPerCosine * (score - threshold);
}

/** Hashes that differ by more bits are too far apart at any cosine. */
export const mostBits = ({ threshold, bits, bitsPerCosine }: NearRule): number =>
  bits + bitsPerCosine * (1 - threshold);
