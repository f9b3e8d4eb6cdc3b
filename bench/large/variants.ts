import type { Variant } from './measurement.js';

/** Ways to set up the product's index that are worth a row. */
const VARIANTS: readonly Variant[] = [
  { name: 'full', label: 'graph over whole vectors', ef: 64, compact: 0 },
  ...[256, 128, 64].flatMap((compact) =>
    [64, 128].map((ef) => ({
      name: `pca${compact}-ef${ef}`,
      label: `graph over ${compact} components, ef ${ef}`,
      ef,
      compact,
    })),
  ),
];

/** @throws Error that lists the names there are */
export function variantNamed(name: string): Variant {
  const found = VARIANTS.find((variant) => variant.name === name);
  if (found) return found;
  throw new Error(`--variant: expected one of ${VARIANTS.map((variant) => variant.name).join(', ')}`);
}
