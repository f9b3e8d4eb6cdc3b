import type { EntityManager } from 'typeorm';
import type { Changes } from './changes.js';
import { LOCKS } from './locks.js';

/** Postgres channel on which followers are woken. */
export const CHANGE_CHANNEL = 'likeness_change';
/** From the end of the primary key alone: a join of the two tables reads the whole log. */
export const LATEST_SEQUENCE =
  'SELECT greatest((SELECT max(sequence) FROM change), trimmed_to) AS sequence FROM catalogue';

/**
 * Appends to the change log, as the last thing before the commit. Sequence numbers are handed out before commit, so
 * without the lock a follower could see 8 before 7 exists and pass 7 over for ever.
 *
 * @returns the sequence of the last change, or the newest one in the log when nothing changed
 */
export async function appendChanges(manager: EntityManager, { embeddings, records }: Changes): Promise<number> {
  if (embeddings.length + records.size === 0) {
    const [row] = await manager.query<{ sequence: number }[]>(LATEST_SEQUENCE);
    return row?.sequence ?? 0;
  }
  const spoken = new Set(embeddings.map((changed) => changed.image_id));
  const recordsOnly = [...records].filter((id) => !spoken.has(id));
  await manager.query('SELECT pg_advisory_xact_lock($1)', [LOCKS.changeLog]);
  const [row] = await manager.query<{ sequence: number }[]>(
    `WITH added AS (
       INSERT INTO change (encoder_id, tap, image_id)
       SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[])
       UNION ALL SELECT NULL, NULL, unnest($4::bigint[])
       RETURNING sequence)
     SELECT max(sequence) AS sequence FROM added`,
    [
      embeddings.map((changed) => changed.encoder_id),
      embeddings.map((changed) => changed.tap),
      embeddings.map((changed) => changed.image_id),
      recordsOnly,
    ],
  );
  await manager.query(`NOTIFY ${CHANGE_CHANNEL}`);
  return row?.sequence ?? 0;
}
