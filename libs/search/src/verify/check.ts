export type CheckName =
  'ids' | 'findable' | 'vectors' | 'self-search' | 'files' | 'originals' | 'backfill' | 'embeddable';

/** What is mended by making the index anew from the catalogue. */
export const OF_INDEX: ReadonlySet<CheckName> = new Set(['ids', 'vectors', 'self-search', 'files']);

export interface Check {
  readonly name: CheckName;
  /** Encoder and tap, where the check is of another space than the one in use. */
  readonly space?: string;
  readonly ok: boolean;
  /** How many things were looked at. */
  readonly checked: number;
  /** How many things were wrong. */
  readonly wrong: number;
  /** The first of them, in words. */
  readonly problems: readonly string[];
}

/** Problems of one check that are told. */
export const SHOWN = 20;

/** A finished check; of many problems the first are told and all counted. @param wrong how many, where not all are given */
export function check(
  name: CheckName,
  checked: number,
  problems: readonly string[],
  wrong: number = problems.length,
): Check {
  return { name, ok: wrong === 0, checked, wrong, problems: problems.slice(0, SHOWN) };
}
