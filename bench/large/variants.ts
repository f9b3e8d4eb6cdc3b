import type { Variant } from './measurement.js';

/** Ways to set up the product's index that are worth a row. */
const VARIANTS: readonly Variant[] = [{ name: 'full', label: 'full vectors', ef: 64 }];

/** @throws Error that lists the names there are */
export function variantNamed(name: string): Variant {
  const found = VARIANTS.find((variant) => variant.name === name);
  if (found) return found;
  throw new Error(`--variant: expected one of ${VARIANTS.map((variant) => variant.name).join(', ')}`);
}
