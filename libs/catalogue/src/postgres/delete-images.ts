import type { EntityManager } from 'typeorm';
import type { ChangedEmbedding } from './changes.js';
import { LOCKS } from './locks.js';

/**
 * Makes all who name the same thing (a content, an external id) take turns until the transaction ends. Sorted, so that
 * none wait in a ring.
 */
export async function takeTurns(manager: EntityManager, names: readonly string[]): Promise<void> {
  await manager.query(
    `SELECT pg_advisory_xact_lock($1::int, lock) FROM (
       SELECT DISTINCT hashtext(name) AS lock FROM unnest($2::text[]) AS name ORDER BY 1) AS locks`,
    [LOCKS.content, names],
  );
}

export interface DeletedImages {
  readonly ids: number[];
  /** To be appended to the change log. */
  readonly changed: ChangedEmbedding[];
}

/** Deletes images with all that hangs on them and notes their originals as garbage; ids that are gone already are passed over. */
export async function deleteImages(manager: EntityManager, ids: readonly number[]): Promise<DeletedImages> {
  const locked = await manager.query<{ id: number }[]>(
    'SELECT id FROM image WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE',
    [ids],
  );
  const present = locked.map((row) => row.id);
  const changed = await manager.query<ChangedEmbedding[]>(
    'SELECT encoder_id, tap, image_id FROM embedding WHERE image_id = ANY($1::bigint[]) ORDER BY image_id',
    [present],
  );
  const [paired] = await manager.query<unknown[]>(
    'SELECT 1 FROM near_pair WHERE low_id = ANY($1::bigint[]) OR high_id = ANY($1::bigint[]) LIMIT 1',
    [present],
  );
  await manager.query(
    `WITH gone AS (DELETE FROM image WHERE id = ANY($1::bigint[]) RETURNING sha256)
     INSERT INTO garbage (sha256) SELECT sha256 FROM gone ON CONFLICT DO NOTHING`,
    [present],
  );
  // No foreign key does this: see the table's migration.
  await manager.query('DELETE FROM category_score WHERE image_id = ANY($1::bigint[])', [present]);
  // Their pairs have gone with them, so groups of near-duplicates are others now.
  if (paired !== undefined) await manager.query('UPDATE duplicate_state SET version = version + 1');
  return { ids: present, changed };
}
