import type { EntityManager } from 'typeorm';
import type { EmbeddingSpace } from '../domain/change.js';
import type { SpaceRecord, SpacesState } from '../domain/space.js';
import { LOCKS } from './locks.js';

/**
 * Until the transaction's end: `shared` keeps the spaces as they are, `exclusive` is for changing them. A statement after
 * this one sees what is true while the lock is held.
 */
export async function lockSpaces(manager: EntityManager, mode: 'shared' | 'exclusive'): Promise<void> {
  const suffix = mode === 'shared' ? '_shared' : '';
  await manager.query(`SELECT pg_advisory_xact_lock${suffix}($1)`, [LOCKS.spaces]);
}

export async function readSpaces(manager: EntityManager): Promise<SpacesState> {
  const [row] = await manager.query<
    { version: number; active: EmbeddingSpace | null; previous: EmbeddingSpace | null; spaces: SpaceRecord[] | null }[]
  >(
    `SELECT spaces_version AS version,
       CASE WHEN active_tap IS NULL THEN NULL
         ELSE jsonb_build_object('encoderId', active_encoder_id, 'tap', active_tap) END AS active,
       CASE WHEN previous_tap IS NULL THEN NULL
         ELSE jsonb_build_object('encoderId', previous_encoder_id, 'tap', previous_tap) END AS previous,
       (SELECT jsonb_agg(jsonb_build_object(
          'encoderId', s.encoder_id, 'tap', s.tap, 'encoder', e.name, 'fingerprint', e.fingerprint,
          'dimension', s.dimension, 'wantedBy', s.wanted_by, 'complete', s.complete) ORDER BY s.encoder_id, s.tap)
        FROM space s JOIN encoder e ON e.id = s.encoder_id) AS spaces
     FROM catalogue`,
  );
  return {
    version: row?.version ?? 0,
    active: row?.active ?? null,
    previous: row?.previous ?? null,
    spaces: row?.spaces ?? [],
  };
}

export async function touchSpaces(manager: EntityManager): Promise<void> {
  await manager.query('UPDATE catalogue SET spaces_version = spaces_version + 1');
}

/** Spaces at which no image may lack an embedding from now to the transaction's end. */
export async function completeSpaces(manager: EntityManager): Promise<EmbeddingSpace[]> {
  await lockSpaces(manager, 'shared');
  return manager.query<EmbeddingSpace[]>('SELECT encoder_id AS "encoderId", tap FROM space WHERE complete');
}
