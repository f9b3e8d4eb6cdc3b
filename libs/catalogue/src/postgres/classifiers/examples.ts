import type { EntityManager } from 'typeorm';

/** Anything that can ask the database: a transaction or the pool. */
interface Asking {
  query<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
}

/** Ties examples to catalogue images of the same content: one that came back after a deletion, or own content imported later. */
export async function linkExamples(asking: Asking): Promise<void> {
  await asking.query(
    `UPDATE example e SET image_id = i.id FROM image i
     WHERE e.image_id IS NULL AND i.sha256 = e.sha256`,
  );
}

/** Forgets examples without labels and history; originals of own ones become garbage. */
export async function dropUnusedExamples(manager: EntityManager): Promise<void> {
  await manager.query(
    `WITH gone AS (
       DELETE FROM example e WHERE NOT EXISTS (SELECT 1 FROM label_event v WHERE v.example_id = e.id)
         AND e.created_at < now() - interval '1 minute' RETURNING sha256, own)
     INSERT INTO garbage (sha256) SELECT sha256 FROM gone WHERE own ON CONFLICT DO NOTHING`,
  );
}

/** Examples for catalogue images, made where there are none yet. @returns example id by image id; images that are gone are left out */
export async function examplesForImages(
  manager: EntityManager,
  imageIds: readonly number[],
): Promise<Map<number, number>> {
  await manager.query(
    `INSERT INTO example (sha256, image_id)
     SELECT i.sha256, i.id FROM (SELECT id, sha256 FROM image WHERE id = ANY($1::bigint[]) FOR KEY SHARE) i
     ON CONFLICT (sha256) DO UPDATE SET image_id = excluded.image_id`,
    [imageIds],
  );
  const rows = await manager.query<{ id: number; image_id: number }[]>(
    'SELECT id, image_id FROM example WHERE image_id = ANY($1::bigint[])',
    [imageIds],
  );
  return new Map(rows.map((row) => [row.image_id, row.id]));
}
