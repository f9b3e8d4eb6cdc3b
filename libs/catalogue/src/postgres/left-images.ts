import type { EntityManager } from 'typeorm';
import type { Changes } from './changes.js';
import { deleteImages } from './delete-images.js';

/** Images of which the referenced original was a file that is theirs no more refer to another of their files. */
export async function mendReferences(manager: EntityManager, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await manager.query(
    `UPDATE image i SET reference_path = other.key
     FROM (SELECT image_id, min(key) AS key FROM image_source WHERE kind = 'file' AND image_id = ANY($1::bigint[]) GROUP BY 1) other
     WHERE i.id = other.image_id AND i.reference_path IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM image_source s WHERE s.image_id = i.id AND s.kind = 'file' AND s.key = i.reference_path)`,
    [ids],
  );
}

/**
 * Deletes those of the images that no source names any more (their files are collected later) and that no import keeps.
 */
export async function deleteLeftImages(
  manager: EntityManager,
  ids: readonly number[],
  changes: Changes,
): Promise<void> {
  if (ids.length === 0) return;
  // Whoever is about to give one of them another source holds it; only what is asked afterwards sees that source.
  await manager.query('SELECT 1 FROM image WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE', [ids]);
  const rows = await manager.query<{ id: number }[]>(
    `SELECT id FROM image i WHERE id = ANY($1::bigint[])
     AND NOT EXISTS (SELECT 1 FROM image_source s WHERE s.image_id = i.id)
     AND NOT EXISTS (SELECT 1 FROM left_image l WHERE l.image_id = i.id)`,
    [ids],
  );
  const removed = await deleteImages(
    manager,
    rows.map((row) => row.id),
  );
  changes.addEmbeddings(removed.changed);
  changes.addRecords(removed.ids);
}

/** Notes images that a source has left, for the end of the import: a file of another name may still bring their content. */
export async function keepLeftImages(manager: EntityManager, ids: readonly number[], importId: number): Promise<void> {
  if (ids.length === 0) return;
  // Sorted, so that none who note the same ones wait in a ring.
  await manager.query(
    `INSERT INTO left_image (image_id, import_id)
     SELECT id, $2 FROM unnest($1::bigint[]) AS id ORDER BY id ON CONFLICT DO NOTHING`,
    [ids, importId],
  );
}

/**
 * Keeps images that have been given a source no more for imports that have ended: if they lose it again, that is another
 * matter.
 */
export async function forgetLeftImages(manager: EntityManager, ids: readonly number[]): Promise<void> {
  await manager.query(
    // What another one has in hand is let go of there, or stays; it may wait for these images, so nobody waits for it.
    `WITH ended AS (
       SELECT l.image_id, l.import_id FROM left_image l JOIN import m ON m.id = l.import_id
       WHERE l.image_id = ANY($1::bigint[]) AND m.status IN ('done', 'cancelled', 'failed')
       FOR UPDATE OF l SKIP LOCKED)
     DELETE FROM left_image l USING ended WHERE l.image_id = ended.image_id AND l.import_id = ended.import_id`,
    [ids],
  );
}

/** The common table `mine`: what an import at its end decides on, with what earlier ones of the same files did not come to. */
const MINE = `
  mine AS (
    SELECT l.image_id, l.import_id FROM import now
    JOIN import m ON m.id = now.id
      OR (m.root = now.root AND m.id < now.id AND m.status IN ('done', 'cancelled', 'failed'))
    JOIN left_image l ON l.import_id = m.id
    WHERE now.id = $1)`;

/**
 * Lets go of a page of the images that an import has left, at its end, and deletes those without a source. One that is as
 * large as a file that could not be taken in is kept: it may be that file's.
 *
 * @returns the last of the page; null where there is none
 */
export async function settleLeftImages(
  manager: EntityManager,
  importId: number,
  after: number,
  limit: number,
  changes: Changes,
): Promise<number | null> {
  const page = await manager.query<{ image_id: number }[]>(
    `WITH ${MINE} SELECT DISTINCT image_id FROM mine WHERE image_id > $2 ORDER BY image_id LIMIT $3`,
    [importId, after, limit],
  );
  const ids = page.map((row) => row.image_id);
  await manager.query(
    `WITH ${MINE}
     DELETE FROM left_image l USING mine, image i
     WHERE l.image_id = ANY($2::bigint[]) AND l.image_id = mine.image_id AND l.import_id = mine.import_id AND i.id = l.image_id
       AND (EXISTS (SELECT 1 FROM image_source s WHERE s.image_id = i.id) OR i.bytes NOT IN (
         SELECT t.size FROM import_item t WHERE t.import_id = $1 AND t.status = 'failed' AND t.size IS NOT NULL))`,
    [importId, ids],
  );
  await deleteLeftImages(manager, ids, changes);
  return ids.at(-1) ?? null;
}
