import { DomainError } from '#libs/errors';

/** A table that is there from the first to the last moment of a restore, and goes in the transaction that ends it. */
export const RESTORE_MARKER = 'restore_in_progress';

/** @throws DomainError `restore_incomplete` */
export async function refuseUnfinishedRestore(source: { query(sql: string): Promise<unknown> }): Promise<void> {
  const rows = (await source.query(`SELECT to_regclass('${RESTORE_MARKER}') IS NOT NULL AS unfinished`)) as {
    unfinished: boolean;
  }[];
  if (rows[0]?.unfinished === true) throw new DomainError('restore_incomplete');
}
