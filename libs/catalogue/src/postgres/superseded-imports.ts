import type { PostgresDatabase } from './postgres-database.js';

/**
 * Counts the items of one import that ended before a later one of the same files did, in the import's own row, and notes
 * there which images they came to, for filters. From then on nobody needs the items: what still fails, the later import has
 * listed again.
 *
 * @returns whether there was one
 */
export async function tallySuperseded(database: PostgresDatabase): Promise<boolean> {
  const rows = await database.query<unknown>(
    // What a process still has in hand is counted once it has ended.
    `WITH superseded AS (
       SELECT m.id FROM import m
       WHERE m.tallies IS NULL AND m.status IN ('done', 'cancelled', 'failed')
         AND EXISTS (
           SELECT 1 FROM import later
           WHERE later.root = m.root AND later.id > m.id AND later.status = 'done' AND later.finished_at >= m.finished_at
             AND later.reference = m.reference AND later.collection IS NOT DISTINCT FROM m.collection)
         AND NOT EXISTS (SELECT 1 FROM import_item t WHERE t.import_id = m.id AND t.status = 'leased')
       ORDER BY m.id LIMIT 1 FOR UPDATE SKIP LOCKED),
     tallied AS (
       UPDATE import m SET tallies = (
         SELECT coalesce(jsonb_agg(one), '[]') FROM (
           SELECT status, outcome, count(*) AS n, count(finished_at) AS timed
           FROM import_item WHERE import_id = m.id GROUP BY 1, 2) one),
         images = (
           -- Mostly one after the other, so that few ranges hold them all.
           SELECT range_agg(int8range(image_id, image_id, '[]')) FROM import_item
           WHERE import_id = m.id AND image_id IS NOT NULL)
       FROM superseded WHERE m.id = superseded.id RETURNING 1)
     SELECT * FROM tallied`,
  );
  return rows.length > 0;
}

/** Drops items of an import that has been tallied. @returns whether there were any */
export async function dropTallied(database: PostgresDatabase, limit: number): Promise<boolean> {
  const [row] = await database.query<{ n: number }>(
    `WITH tallied AS MATERIALIZED (
       SELECT m.id FROM import m
       WHERE m.tallies IS NOT NULL AND EXISTS (SELECT 1 FROM import_item t WHERE t.import_id = m.id) LIMIT 1),
     dropped AS (
       DELETE FROM import_item WHERE id IN (
         SELECT t.id FROM import_item t WHERE t.import_id = (SELECT id FROM tallied) LIMIT $1)
       RETURNING 1)
     SELECT count(*) AS n FROM dropped`,
    [limit],
  );
  return (row?.n ?? 0) > 0;
}
