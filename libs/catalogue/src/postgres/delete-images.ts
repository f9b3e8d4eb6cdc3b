import type { EntityManager } from 'typeorm';
import type { ChangedEmbedding } from './append-changes.js';
import { LOCKS } from './locks.js';

/** Makes arrivals of a content and its removal take turns until the transaction ends. Sorted, so that none wait in a ring. */
export async function lockContents(manager: EntityManager, sha256: readonly string[]): Promise<void> {
  const contents = [...new Set(sha256)].sort();
  await manager.query(
    `SELECT pg_advisory_xact_lock($1::int, lock) FROM (
       SELECT DISTINCT hashtext(content) AS lock FROM unnest($2::text[]) AS content ORDER BY 1) AS locks`,
    [LOCKS.content, contents],
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
  await manager.query(
    `WITH gone AS (DELETE FROM image WHERE id = ANY($1::bigint[]) RETURNING sha256)
     INSERT INTO garbage (sha256) SELECT sha256 FROM gone ON CONFLICT DO NOTHING`,
    [present],
  );
  return { ids: present, changed };
}
