import type { EntityManager } from 'typeorm';
import type { Changes } from './changes.js';
import type { ImportEntity } from './entities.js';
import { settleLeftImages } from './store-wave.js';

/**
 * Takes away the sources below the import's folder whose files the listing did not find, records each as an item
 * `removed`, and deletes the images that have no other source. What lies below a folder that could not be read was not
 * looked for, so it is kept.
 */
export async function removeVanished(manager: EntityManager, record: ImportEntity, changes: Changes): Promise<void> {
  const prefix = record.root.endsWith('/') ? record.root : `${record.root}/`;
  const vanished = await manager.query<{ key: string; image_id: number }[]>(
    `WITH vanished AS (
       DELETE FROM image_source s WHERE s.kind = 'file' AND starts_with(s.key, $2)
         AND NOT EXISTS (SELECT 1 FROM import_item t WHERE t.import_id = $1 AND t.path = s.key)
         AND NOT EXISTS (SELECT 1 FROM import_item t
                         WHERE t.import_id = $1 AND t.status = 'failed' AND starts_with(s.key, t.path || '/'))
       RETURNING s.key, s.image_id)
     SELECT * FROM vanished`,
    [record.id, prefix],
  );
  await manager.query(
    `INSERT INTO import_item (import_id, path, status, outcome, image_id, finished_at)
     SELECT $1, given.path, 'done', 'removed', given.image_id, clock_timestamp()
     FROM unnest($2::text[], $3::bigint[]) AS given (path, image_id)`,
    [record.id, vanished.map((row) => row.key), vanished.map((row) => row.image_id)],
  );
  await settleLeftImages(
    manager,
    vanished.map((row) => row.image_id),
    changes,
  );
}
