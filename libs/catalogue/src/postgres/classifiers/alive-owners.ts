/** Owners whose process lives, as a subquery; `$n` is `LOCKS.importOwner`. See `PostgresSession`. */
export const aliveOwners = (n: number): string =>
  `SELECT objid::bigint FROM pg_locks
   WHERE locktype = 'advisory' AND classid = $${n} AND objsubid = 2 AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
