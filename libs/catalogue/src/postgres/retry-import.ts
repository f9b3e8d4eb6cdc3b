import type { EntityManager } from 'typeorm';
import type { ImportStatus } from '../domain/import.js';

/**
 * Takes an import up again: its failed and cancelled items, or its listing where that did not come to its end or could not
 * read a folder; what was cancelled when all items were settled still has to remove what has vanished. What has been removed
 * once is not looked for again: the listing is of that time, and other imports have stored files since. Nor is anything of
 * an import whose items a later one of the same files has taken the place of.
 *
 * @returns whether there is anything to take up
 */
export async function retryImport(manager: EntityManager, importId: number): Promise<boolean> {
  const [record] = await manager.query<{ status: ImportStatus; listed: boolean; unremoved: boolean }[]>(
    `SELECT status, status = 'cancelled' AND remove_vanished AS unremoved, listed AND NOT EXISTS (
              SELECT 1 FROM import_item t
              WHERE t.import_id = $1 AND t.status = 'failed' AND t.error->>'code' = 'import_folder_unreadable') AS listed
     FROM import WHERE id = $1 AND tallies IS NULL FOR UPDATE`,
    [importId],
  );
  if (!record || record.status === 'listing') return false;
  const items = record.listed ? await retryItems(manager, importId) : await retryListing(manager, importId);
  const again = items || record.unremoved;
  if (again)
    await manager.query(
      `UPDATE import SET status = $2, listed = $3, remove_vanished = remove_vanished AND NOT $4, finished_at = NULL, error = NULL
       WHERE id = $1`,
      [importId, record.listed ? 'running' : 'listing', record.listed, record.listed && record.status === 'done'],
    );
  return again;
}

async function retryItems(manager: EntityManager, importId: number): Promise<boolean> {
  // A bad row of a manifest names no file: the row has to be mended and the manifest imported again.
  const [row] = await manager.query<{ n: number }[]>(
    `WITH again AS (
       UPDATE import_item SET status = 'pending', error = NULL, attempts = 0, finished_at = NULL
       WHERE import_id = $1 AND status IN ('failed', 'cancelled')
         AND error->>'code' IS DISTINCT FROM 'manifest_invalid'
       RETURNING 1)
     SELECT count(*) AS n FROM again`,
    [importId],
  );
  return (row?.n ?? 0) > 0;
}

/** Whoever begins to list anew drops the items; one that has not noticed the cancel yet goes on and needs them. */
async function retryListing(manager: EntityManager, importId: number): Promise<boolean> {
  await manager.query(`UPDATE import_item SET status = 'pending' WHERE import_id = $1 AND status = 'cancelled'`, [
    importId,
  ]);
  return true;
}
