import type { NearRule } from '#libs/catalogue';
import { saysNothing, type HashWords } from '#libs/imaging';

/** Pairs under this cosine are not kept, so no list can ask for them. */
export const LEAST_THRESHOLD = 0.5;

/** Measured on altered photos: see docs/duplicates.md. */
const BITS = 12;
const BITS_PER_COSINE = 25;
/** From here on the embeddings alone will do: of plain pictures none but those of the same colour, to the eye, are so alike. */
const CERTAIN = 0.999;

/**
 * What counts as near-duplicates: images whose embeddings and whose perceptual hashes agree. The surer the embeddings are,
 * the less is asked of the hashes, which a crop or a border changes a lot.
 *
 * @param threshold cosine, `LEAST_THRESHOLD` … 1
 */
export const nearRule = (threshold: number): NearRule => ({ threshold, bits: BITS, bitsPerCosine: BITS_PER_COSINE });

/** The rule for two images: where the hash of one says nothing, that it agrees says nothing either. */
export function ruleFor(rule: NearRule, one: HashWords, other: HashWords): NearRule {
  const certain = saysNothing(one) || saysNothing(other);
  return certain ? { ...rule, threshold: Math.max(rule.threshold, CERTAIN) } : rule;
}

/** @param distance bits between the perceptual hashes */
export function isNear({ threshold, bits, bitsPerCosine }: NearRule, score: number, distance: number): boolean {
  return score >= threshold && distance <= bits + bitsPerCosine * (score - threshold);
}

/** Hashes that differ by more bits are too far apart at any cosine. */
export const mostBits = ({ threshold, bits, bitsPerCosine }: NearRule): number =>
  bits + bitsPerCosine * (1 - threshold);
