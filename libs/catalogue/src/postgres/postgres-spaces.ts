import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { EmbeddingSpace } from '../domain/change.js';
import {
  EmbeddingSpaces,
  type EmbeddingGap,
  type SpaceProgress,
  type SpaceReason,
  type SpacesState,
} from '../domain/space.js';
import { CHANGE_CHANNEL } from './append-changes.js';
import { LOCKS } from './locks.js';
import { PostgresDatabase } from './postgres-database.js';
import { lockSpaces, readSpaces, touchSpaces } from './space-rows.js';

const LACKING = `image i WHERE NOT EXISTS (
    SELECT 1 FROM embedding e WHERE e.encoder_id = $1 AND e.tap = $2 AND e.image_id = i.id)
  AND NOT EXISTS (SELECT 1 FROM embedding_gap g WHERE g.encoder_id = $1 AND g.tap = $2 AND g.image_id = i.id)`;

@Injectable()
export class PostgresSpaces extends EmbeddingSpaces {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override async version(): Promise<number> {
    const [row] = await this.database.query<{ version: number }>('SELECT spaces_version AS version FROM catalogue');
    return row?.version ?? 0;
  }

  override state(): Promise<SpacesState> {
    return this.database.transaction((manager) => readSpaces(manager));
  }

  override want(reason: SpaceReason, spaces: readonly (EmbeddingSpace & { dimension: number })[]): Promise<void> {
    return this.change(async (manager) => {
      const given = [
        reason,
        spaces.map((space) => space.encoderId),
        spaces.map((space) => space.tap),
        spaces.map((space) => space.dimension),
      ];
      await manager.query(
        `INSERT INTO space (encoder_id, tap, dimension, wanted_by)
         SELECT given.*, ARRAY[$1::text] FROM unnest($2::int[], $3::text[], $4::int[]) AS given
         ON CONFLICT (encoder_id, tap) DO UPDATE SET wanted_by = array_append(space.wanted_by, $1)
         WHERE NOT $1 = ANY(space.wanted_by)`,
        given,
      );
      await dropReason(manager, reason, spaces);
      // Where there is no image yet none lacks an embedding.
      await manager.query('UPDATE space SET complete = true WHERE NOT complete AND NOT EXISTS (SELECT 1 FROM image)');
    });
  }

  override activate(active: EmbeddingSpace, previous: EmbeddingSpace | null): Promise<void> {
    return this.change(async (manager) => {
      await manager.query(
        `UPDATE catalogue SET active_encoder_id = $1, active_tap = $2, previous_encoder_id = $3, previous_tap = $4`,
        [active.encoderId, active.tap, previous?.encoderId ?? null, previous?.tap ?? null],
      );
      await addReason(manager, 'active', active);
      if (previous) await addReason(manager, 'previous', previous);
      await dropReason(manager, 'active', [active]);
      await dropReason(manager, 'previous', previous ? [previous] : []);
    });
  }

  override async completeIfFull(space: EmbeddingSpace): Promise<boolean> {
    const at = [space.encoderId, space.tap];
    const [row] = await this.database.query<{ complete: boolean }>(
      'SELECT complete FROM space WHERE encoder_id = $1 AND tap = $2',
      at,
    );
    if (!row || row.complete) return row?.complete ?? false;
    // Looked at without the lock first, since arrivals wait while it is held.
    const [lacking] = await this.database.query<unknown>(`SELECT 1 FROM ${LACKING} LIMIT 1`, at);
    if (lacking !== undefined) return false;
    await this.change((manager) =>
      manager.query(
        `UPDATE space SET complete = true WHERE encoder_id = $1 AND tap = $2 AND NOT EXISTS (SELECT 1 FROM ${LACKING})`,
        at,
      ),
    );
    return this.completeIfFull(space);
  }

  override async reopenIfLacking(space: EmbeddingSpace): Promise<boolean> {
    const at = [space.encoderId, space.tap];
    const [lacking] = await this.database.query<unknown>(`SELECT 1 FROM ${LACKING} LIMIT 1`, at);
    if (lacking === undefined) return false;
    await this.reopen(space);
    return true;
  }

  override reopen({ encoderId, tap }: EmbeddingSpace): Promise<void> {
    return this.change((manager) =>
      manager.query('UPDATE space SET complete = false WHERE encoder_id = $1 AND tap = $2', [encoderId, tap]),
    );
  }

  override async progress(space: EmbeddingSpace): Promise<SpaceProgress> {
    const [row] = await this.database.query<SpaceProgress>(
      `SELECT (SELECT count(*) FROM image) AS images,
              (SELECT count(*) FROM embedding WHERE encoder_id = $1 AND tap = $2) AS embedded,
              (SELECT count(*) FROM embedding_gap g WHERE encoder_id = $1 AND tap = $2 AND NOT EXISTS (
                 SELECT 1 FROM embedding e WHERE e.encoder_id = $1 AND e.tap = $2 AND e.image_id = g.image_id)) AS unusable`,
      [space.encoderId, space.tap],
    );
    return row ?? { images: 0, embedded: 0, unusable: 0 };
  }

  override async noteGaps(space: EmbeddingSpace, gaps: readonly EmbeddingGap[]): Promise<void> {
    if (gaps.length === 0) return;
    await this.database.query(
      `INSERT INTO embedding_gap (encoder_id, tap, image_id, error)
       SELECT $1, $2, given.* FROM unnest($3::bigint[], $4::jsonb[]) AS given (image_id, error)
       WHERE EXISTS (SELECT 1 FROM image i WHERE i.id = given.image_id FOR KEY SHARE)
       ON CONFLICT (encoder_id, tap, image_id) DO UPDATE SET error = excluded.error`,
      [space.encoderId, space.tap, gaps.map((gap) => gap.imageId), gaps.map((gap) => JSON.stringify(gap.error))],
    );
  }

  override gaps(space: EmbeddingSpace, afterId: number, limit: number): Promise<EmbeddingGap[]> {
    return this.database.query<EmbeddingGap>(
      `SELECT image_id AS "imageId", error FROM embedding_gap g
       WHERE encoder_id = $1 AND tap = $2 AND image_id > $3 AND NOT EXISTS (
         SELECT 1 FROM embedding e WHERE e.encoder_id = $1 AND e.tap = $2 AND e.image_id = g.image_id)
       ORDER BY image_id LIMIT $4`,
      [space.encoderId, space.tap, afterId, limit],
    );
  }

  override async clearGaps(space: EmbeddingSpace): Promise<void> {
    await this.database.query('DELETE FROM embedding_gap WHERE encoder_id = $1 AND tap = $2', [
      space.encoderId,
      space.tap,
    ]);
  }

  /** Nobody follows a space that has no row, so the change log is not told. */
  override async removeEmbeddings(space: EmbeddingSpace, limit: number): Promise<number> {
    const at = [space.encoderId, space.tap];
    return this.database.transaction(async (manager) => {
      await lockSpaces(manager, 'shared');
      const [gone] = await manager.query<{ n: number }[]>(
        `WITH doomed AS (SELECT image_id FROM embedding WHERE encoder_id = $1 AND tap = $2
                       AND NOT EXISTS (SELECT 1 FROM space WHERE encoder_id = $1 AND tap = $2) LIMIT $3),
              gone AS (DELETE FROM embedding e USING doomed
                       WHERE e.encoder_id = $1 AND e.tap = $2 AND e.image_id = doomed.image_id RETURNING 1)
         SELECT count(*) AS n FROM gone`,
        [...at, limit],
      );
      return gone?.n ?? 0;
    });
  }

  override async unwanted(): Promise<EmbeddingSpace[]> {
    // Skips from one space to the next along the primary key, whatever number of embeddings each has.
    return this.database.query<EmbeddingSpace>(
      `WITH RECURSIVE present AS (
         (SELECT encoder_id, tap FROM embedding ORDER BY encoder_id, tap LIMIT 1)
         UNION ALL
         SELECT following.* FROM present p CROSS JOIN LATERAL (
           SELECT encoder_id, tap FROM embedding e WHERE (e.encoder_id, e.tap) > (p.encoder_id, p.tap)
           ORDER BY encoder_id, tap LIMIT 1) following)
       SELECT encoder_id AS "encoderId", tap FROM present p
       WHERE NOT EXISTS (SELECT 1 FROM space s WHERE s.encoder_id = p.encoder_id AND s.tap = p.tap)`,
    );
  }

  override alone<T>(encoderId: number, work: () => Promise<T>): Promise<T | null> {
    return this.database.withConnection(async (client) => {
      const lock = [LOCKS.backfill, encoderId];
      const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS mine', lock);
      if (!rows[0]?.mine) return null;
      try {
        return await work();
      } finally {
        await client.query('SELECT pg_advisory_unlock($1, $2)', lock).catch(() => undefined);
      }
    });
  }

  /** Changes spaces with no arrival being stored meanwhile, and tells every process when they are different then. */
  private change(work: (manager: EntityManager) => Promise<unknown>): Promise<void> {
    return this.database.transaction(async (manager) => {
      await lockSpaces(manager, 'exclusive');
      const before = await readSpaces(manager);
      await work(manager);
      const after = await readSpaces(manager);
      if (JSON.stringify(before) === JSON.stringify(after)) return;
      await touchSpaces(manager);
      await manager.query(`NOTIFY ${CHANGE_CHANNEL}`);
    });
  }
}

async function addReason(manager: EntityManager, reason: SpaceReason, space: EmbeddingSpace): Promise<void> {
  await manager.query(
    `UPDATE space SET wanted_by = array_append(wanted_by, $3)
     WHERE encoder_id = $1 AND tap = $2 AND NOT $3 = ANY(wanted_by)`,
    [space.encoderId, space.tap, reason],
  );
}

/** Takes the reason from all spaces but `kept`, and forgets those that have none left. */
async function dropReason(manager: EntityManager, reason: SpaceReason, kept: readonly EmbeddingSpace[]): Promise<void> {
  const parameters = [reason, kept.map((space) => space.encoderId), kept.map((space) => space.tap)];
  const others = `$1 = ANY(wanted_by)
    AND (encoder_id, tap) NOT IN (SELECT * FROM unnest($2::int[], $3::text[]))`;
  await manager.query(`DELETE FROM space WHERE wanted_by = ARRAY[$1::text] AND ${others}`, parameters);
  await manager.query(`UPDATE space SET wanted_by = array_remove(wanted_by, $1) WHERE ${others}`, parameters);
}
