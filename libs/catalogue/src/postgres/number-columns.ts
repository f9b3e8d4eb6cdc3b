/**
 * Numbers of callers may lie beyond what a column holds. PostgreSQL answers a comparison with such a one by an error, where
 * it only means that no row has it.
 */
const LARGEST_INTEGER = 2 ** 31 - 1;

/** Whether an `integer` column can hold it; where not, nothing need be asked. */
export const fitsInteger = (value: number): boolean => value <= LARGEST_INTEGER;

/** What a `real` column holds of it: the nearest such number, an infinity for what is beyond all of them. */
export const asReal = (value: number): number => Math.fround(value);
