import type { EntityManager } from 'typeorm';
import type { StoreResult } from '../catalogue.js';

/** Which of the items this process still holds, each with its import; the rows stay locked until the transaction ends. */
export async function leasedItems(
  manager: EntityManager,
  owner: number,
  items: readonly number[],
): Promise<Map<number, number>> {
  const rows = await manager.query<{ id: number; import_id: number }[]>(
    `SELECT id, import_id FROM import_item WHERE id = ANY($1::bigint[]) AND status = 'leased' AND owner = $2 ORDER BY id FOR UPDATE`,
    [items, owner],
  );
  return new Map(rows.map((row) => [row.id, row.import_id]));
}

/** Finishes the items whose image was stored. */
export async function finishItems(
  manager: EntityManager,
  items: readonly number[],
  results: readonly StoreResult[],
): Promise<void> {
  const finished = results.flatMap((result, at) =>
    result.status === 'stored' ? [{ item: items[at], image: result.stored.id, outcome: result.stored.outcome }] : [],
  );
  await manager.query(
    `UPDATE import_item SET status = 'done', outcome = given.outcome, image_id = given.image_id, error = NULL,
            owner = NULL, finished_at = clock_timestamp()
     FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS given (id, image_id, outcome)
     WHERE import_item.id = given.id`,
    [finished.map((row) => row.item), finished.map((row) => row.image), finished.map((row) => row.outcome)],
  );
}
