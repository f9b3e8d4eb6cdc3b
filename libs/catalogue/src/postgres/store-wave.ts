import type { EntityManager } from 'typeorm';
import type { EnsureOriginal, StoreResult } from '../catalogue.js';
import type { Arrival, NewImage } from '../domain/image.js';
import type { ChangedEmbedding, Changes } from './changes.js';
import { joinCollections } from './join-collections.js';
import { forgetLeftImages, mendReferences } from './left-images.js';
import { vectorToBytes } from './vector-bytes.js';

/** Sequence of a result before its change has been appended. */
const NOT_YET = 0;

interface Placed {
  readonly arrival: Arrival;
  readonly id: number;
  readonly isNew: boolean;
}

/**
 * Stores arrivals among which no content and no source repeats, with one statement per table.
 *
 * @param changes receives what has to go into the change log
 * @param leftImages receives the images that sources moved away from; a later wave may give them another
 * @returns one result per arrival, in order
 */
export async function storeWave(
  manager: EntityManager,
  arrivals: readonly Arrival[],
  ensureOriginal: EnsureOriginal,
  changes: Changes,
  leftImages: Set<number>,
): Promise<StoreResult[]> {
  const present = await presentContents(manager, arrivals);
  const added = await insertImages(manager, arrivals, present, ensureOriginal);
  const placed = arrivals.map((arrival): Placed | null => {
    const { sha256 } = arrival.image;
    const known = present.get(sha256);
    const id = known?.id ?? added.get(sha256);
    return id === undefined ? null : { arrival, id, isNew: known === undefined };
  });
  const here = placed.filter((one) => one !== null);
  await keepReferencedOriginals(manager, here, present, ensureOriginal);
  changes.addEmbeddings(await insertEmbeddings(manager, here));
  changes.addRecords(here.filter(({ isNew }) => !isNew).map(({ id }) => id));
  await updateMetadata(manager, here);
  const left = await moveSources(manager, here);
  await forgetLeftImages(
    manager,
    here.map(({ id }) => id),
  );
  await joinCollections(
    manager,
    here.flatMap(({ arrival, id }) =>
      arrival.collection === undefined ? [] : [{ name: arrival.collection, imageId: id }],
    ),
  );
  changes.addRecords(left.values());
  await mendReferences(manager, [...left.values()]);
  for (const id of left.values()) leftImages.add(id);
  return placed.map((one): StoreResult => {
    if (!one) return { status: 'gone' };
    const replaced = left.has(sourceKey(one.arrival));
    const outcome = replaced ? 'replaced' : one.isNew ? 'added' : 'existing';
    return { status: 'stored', stored: { id: one.id, outcome, sequence: NOT_YET } };
  });
}

const sourceKey = ({ source }: Arrival) => `${source.kind} ${source.key}`;
const isNewImage = (image: Arrival['image']): image is NewImage => image.embeddings !== undefined;
const digest = (sha256: string) => Buffer.from(sha256, 'hex');

type Present = Map<string, { id: number; referencePath: string | null }>;

async function presentContents(manager: EntityManager, arrivals: readonly Arrival[]): Promise<Present> {
  // Whoever notes one of them as left need not wait, else two who exchange names would wait for each other.
  const rows = await manager.query<{ id: number; sha256: Buffer; reference_path: string | null }[]>(
    'SELECT id, sha256, reference_path FROM image WHERE sha256 = ANY($1::bytea[]) ORDER BY id FOR NO KEY UPDATE',
    [arrivals.map((arrival) => digest(arrival.image.sha256))],
  );
  return new Map(rows.map((row) => [row.sha256.toString('hex'), { id: row.id, referencePath: row.reference_path }]));
}

async function insertImages(
  manager: EntityManager,
  arrivals: readonly Arrival[],
  present: Present,
  ensureOriginal: EnsureOriginal,
): Promise<Map<string, number>> {
  const fresh = arrivals
    .map((arrival) => arrival.image)
    .filter(isNewImage)
    .filter((image) => !present.has(image.sha256));
  await Promise.all(fresh.filter((image) => image.referencePath === null).map((image) => ensureOriginal(image.sha256)));
  if (fresh.length === 0) return new Map();
  const rows = await manager.query<{ id: number; sha256: Buffer }[]>(
    `WITH added AS (
       INSERT INTO image (sha256, format, width, height, bytes, reference_path, perceptual_hash)
       SELECT * FROM unnest($1::bytea[], $2::text[], $3::int[], $4::int[], $5::bigint[], $6::text[], $7::bytea[])
       RETURNING id, sha256),
     waiting AS (INSERT INTO duplicate_check SELECT id FROM added)
     SELECT id, sha256 FROM added`,
    [
      fresh.map((image) => digest(image.sha256)),
      fresh.map((image) => image.format),
      fresh.map((image) => image.width),
      fresh.map((image) => image.height),
      fresh.map((image) => image.bytes),
      fresh.map((image) => image.referencePath),
      fresh.map((image) => Buffer.from(image.perceptualHash, 'hex')),
    ],
  );
  return new Map(rows.map((row) => [row.sha256.toString('hex'), row.id]));
}

/**
 * An image that was only referenced gets a copy of its own once somebody posts the content. Else it refers to the file that
 * was read last where the one before is none of its own, whose content nobody would tell of. One that is goes on until it
 * leaves: the new one may be on a disk that is there for a while only.
 */
async function keepReferencedOriginals(
  manager: EntityManager,
  placed: readonly Placed[],
  present: Present,
  ensureOriginal: EnsureOriginal,
): Promise<void> {
  for (const { arrival, id } of placed) {
    const { sha256, referencePath } = arrival.image;
    const before = present.get(sha256)?.referencePath;
    if (typeof before !== 'string' || referencePath === before) continue;
    if (referencePath === null) await ensureOriginal(sha256);
    await manager.query(
      `UPDATE image SET reference_path = $2, updated_at = now()
       WHERE id = $1 AND ($2::text IS NULL OR NOT EXISTS (
         SELECT 1 FROM image_source s WHERE s.image_id = image.id AND s.kind = 'file' AND s.key = image.reference_path))`,
      [id, referencePath],
    );
  }
}

async function insertEmbeddings(manager: EntityManager, placed: readonly Placed[]): Promise<ChangedEmbedding[]> {
  const rows = placed.flatMap(({ arrival, id }) =>
    isNewImage(arrival.image)
      ? arrival.image.embeddings.map(({ encoderId, tap, vector }) => ({
          encoderId,
          tap,
          id,
          bytes: vectorToBytes(vector),
        }))
      : [],
  );
  if (rows.length === 0) return [];
  return manager.query<ChangedEmbedding[]>(
    `INSERT INTO embedding (encoder_id, tap, image_id, vector)
     SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[], $4::bytea[])
     ON CONFLICT DO NOTHING RETURNING encoder_id, tap, image_id`,
    [
      rows.map((row) => row.encoderId),
      rows.map((row) => row.tap),
      rows.map((row) => row.id),
      rows.map((row) => row.bytes),
    ],
  );
}

async function updateMetadata(manager: EntityManager, placed: readonly Placed[]): Promise<void> {
  const given = placed.flatMap(({ arrival, id }) =>
    arrival.metadata === undefined ? [] : [{ id, metadata: arrival.metadata }],
  );
  if (given.length === 0) return;
  await manager.query(
    `UPDATE image SET metadata = given.metadata, updated_at = now()
     FROM unnest($1::bigint[], $2::jsonb[]) AS given (id, metadata) WHERE image.id = given.id`,
    [given.map((row) => row.id), given.map((row) => JSON.stringify(row.metadata))],
  );
}

/** Points each source at its image. @returns the images that sources moved away from, by source */
async function moveSources(manager: EntityManager, placed: readonly Placed[]): Promise<Map<string, number>> {
  const kinds = placed.map(({ arrival }) => arrival.source.kind);
  const keys = placed.map(({ arrival }) => arrival.source.key);
  const ids = placed.map(({ id }) => id);
  const left = await manager.query<{ kind: string; key: string; image_id: number }[]>(
    `WITH given AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS given (kind, key, image_id)),
          moved AS (DELETE FROM image_source s USING given g
                    WHERE s.kind = g.kind AND s.key = g.key AND s.kind <> 'upload' AND s.image_id <> g.image_id
                    RETURNING s.kind, s.key, s.image_id)
     SELECT * FROM moved`,
    [kinds, keys, ids],
  );
  await manager.query(
    `INSERT INTO image_source (image_id, kind, key, size, modified_ms)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::float8[])
     ON CONFLICT (image_id, kind, key) DO UPDATE SET size = excluded.size, modified_ms = excluded.modified_ms`,
    [
      ids,
      kinds,
      keys,
      placed.map(({ arrival }) => arrival.stamp?.size ?? null),
      placed.map(({ arrival }) => arrival.stamp?.modifiedMs ?? null),
    ],
  );
  return new Map(left.map((row) => [`${row.kind} ${row.key}`, row.image_id]));
}
