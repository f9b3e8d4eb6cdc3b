import type { EntityManager } from 'typeorm';
import type { Changes } from './changes.js';
import { keepLeftImages, mendReferences } from './left-images.js';

/**
 * A page of the sources below the import's folder that the listing did not find. What lies below a folder that could not
 * be read was not looked for, so it is left out. What lies below a file that could not be taken in is gone with its folder.
 *
 * Parameters: the import, the path to go on after, and how many.
 */
export const UNLISTED = `
  SELECT s.key AS path
  FROM import m JOIN image_source s ON s.kind = 'file' AND starts_with(s.key, rtrim(m.root, '/') || '/')
  WHERE m.id = $1 AND s.key > $2
    AND NOT EXISTS (SELECT 1 FROM import_item t WHERE t.import_id = $1 AND t.path = s.key)
    AND NOT EXISTS (SELECT 1 FROM import_item t
                    WHERE t.import_id = $1 AND t.status = 'failed' AND starts_with(s.key, t.path || '/')
                      AND t.error->>'code' IN ('import_folder_unreadable', 'import_file_unreadable'))
  ORDER BY s.key LIMIT $3`;

/** Takes away the sources of files and records each as an item `removed`; their images are settled at the end of the import. */
export async function removeVanished(
  manager: EntityManager,
  importId: number,
  paths: readonly string[],
  changes: Changes,
): Promise<void> {
  const vanished = await manager.query<{ image_id: number }[]>(
    `WITH vanished AS (
       DELETE FROM image_source WHERE kind = 'file' AND key = ANY($2::text[]) RETURNING key, image_id),
     told AS (
       INSERT INTO import_item (import_id, path, status, outcome, image_id, finished_at)
       SELECT $1, key, 'done', 'removed', image_id, clock_timestamp() FROM vanished)
     SELECT image_id FROM vanished`,
    [importId, paths],
  );
  const left = vanished.map((row) => row.image_id);
  changes.addRecords(left);
  await mendReferences(manager, left);
  await keepLeftImages(manager, left, importId);
}
