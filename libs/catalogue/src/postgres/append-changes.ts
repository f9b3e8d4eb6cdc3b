import type { EntityManager } from 'typeorm';
import { LOCKS } from './locks.js';

/** Postgres channel on which followers are woken. */
export const CHANGE_CHANNEL = 'likeness_change';

/** An embedding that was written or is about to be deleted. */
export interface ChangedEmbedding {
  readonly encoder_id: number;
  readonly tap: string;
  readonly image_id: number;
}

/**
 * Appends to the change log, as the last thing before the commit. Sequence numbers are handed out before commit, so
 * without the lock a follower could see 8 before 7 exists and pass 7 over for ever.
 *
 * @returns the sequence of the last change, or the newest one in the log when `changed` is empty
 */
export async function appendChanges(manager: EntityManager, changed: readonly ChangedEmbedding[]): Promise<number> {
  if (changed.length === 0) {
    const [row] = await manager.query<{ sequence: number }[]>(
      'SELECT greatest(coalesce(max(c.sequence), 0), max(s.trimmed_to)) AS sequence FROM catalogue s LEFT JOIN change c ON true',
    );
    return row?.sequence ?? 0;
  }
  await manager.query('SELECT pg_advisory_xact_lock($1)', [LOCKS.changeLog]);
  const [row] = await manager.query<{ sequence: number }[]>(
    `WITH added AS (
       INSERT INTO change (encoder_id, tap, image_id)
       SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[])
       RETURNING sequence)
     SELECT max(sequence) AS sequence FROM added`,
    [changed.map((c) => c.encoder_id), changed.map((c) => c.tap), changed.map((c) => c.image_id)],
  );
  await manager.query(`NOTIFY ${CHANGE_CHANNEL}`);
  return row?.sequence ?? 0;
}
