import type { EntityManager } from 'typeorm';

/** Adds images to collections, which are made where there are none of the name. */
export async function joinCollections(
  manager: EntityManager,
  memberships: readonly { name: string; imageId: number }[],
): Promise<void> {
  if (memberships.length === 0) return;
  const names = [...new Set(memberships.map((membership) => membership.name))].sort();
  await manager.query('INSERT INTO collection (name) SELECT unnest($1::text[]) ON CONFLICT (name) DO NOTHING', [names]);
  await manager.query(
    `INSERT INTO collection_image (collection_id, image_id)
     SELECT c.id, given.image_id FROM unnest($1::text[], $2::bigint[]) AS given (name, image_id)
     JOIN collection c ON c.name = given.name
     ON CONFLICT DO NOTHING`,
    [memberships.map((membership) => membership.name), memberships.map((membership) => membership.imageId)],
  );
}
