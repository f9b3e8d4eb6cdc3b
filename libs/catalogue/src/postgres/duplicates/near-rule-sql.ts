import type { NearRule } from '../../domain/duplicate.js';

/** Condition that a pair `p` counts by the rule and that nobody has rejected it; the rule's numbers are parameters `first` … `first + 2`. */
export const countsAsNear = (first: number): string =>
  `p.score >= $${first}::real AND p.distance <= $${first + 1}::float8 + $${first + 2}::float8 * (p.score - $${first}::real)
   AND NOT EXISTS (
     SELECT 1 FROM image low, image high, not_duplicate n
     WHERE low.id = p.low_id AND high.id = p.high_id
       AND n.low_sha256 = least(low.sha256, high.sha256) AND n.high_sha256 = greatest(low.sha256, high.sha256))`;

export const ruleParameters = ({ threshold, bits, bitsPerCosine }: NearRule): number[] => [
  threshold,
  bits,
  bitsPerCosine,
];
