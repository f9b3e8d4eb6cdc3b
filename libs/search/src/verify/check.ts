export type CheckName = 'ids' | 'vectors' | 'self-search' | 'files' | 'originals' | 'backfill';

export interface Check {
  readonly name: CheckName;
  /** Encoder and tap, where the check is of another space than the one in use. */
  readonly space?: string;
  readonly ok: boolean;
  /** How many things were looked at. */
  readonly checked: number;
  /** The first of what was wrong, in words. */
  readonly problems: readonly string[];
}

const SHOWN = 20;

/** A finished check; of many problems the first are told and the rest counted. */
export function check(name: CheckName, checked: number, problems: readonly string[]): Check {
  const more = problems.length > SHOWN ? [`… and ${problems.length - SHOWN} more`] : [];
  return { name, ok: problems.length === 0, checked, problems: [...problems.slice(0, SHOWN), ...more] };
}
