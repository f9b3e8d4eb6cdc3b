import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { EmbeddingSpace } from '../../domain/change.js';
import { NearPairs, type CheckedImages, type NearPair, type UncheckedImage } from '../../domain/duplicate.js';
import { appendChanges } from '../append-changes.js';
import { ChangeTransactions } from '../change-transactions.js';
import { LOCKS } from '../locks.js';
import { PostgresDatabase } from '../postgres-database.js';
import { lockSpaces } from '../space-rows.js';

@Injectable()
export class PostgresNearPairs extends NearPairs {
  constructor(
    private readonly database: PostgresDatabase,
    private readonly transactions: ChangeTransactions,
  ) {
    super();
  }

  override useSpace({ encoderId, tap }: EmbeddingSpace): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      // What the catalogue names stays so until this is done.
      await lockSpaces(manager, 'shared');
      const [active] = await manager.query<unknown[]>(
        'SELECT 1 FROM catalogue WHERE active_encoder_id = $1 AND active_tap = $2',
        [encoderId, tap],
      );
      if (active === undefined) return false;
      const [changed] = await manager.query<unknown[][]>(
        `UPDATE duplicate_state SET encoder_id = $1, tap = $2, version = version + 1
         WHERE encoder_id IS DISTINCT FROM $1 OR tap IS DISTINCT FROM $2 RETURNING 1`,
        [encoderId, tap],
      );
      if (!changed?.length) return true;
      await manager.query('DELETE FROM near_pair');
      await waitAll(manager);
      return true;
    });
  }

  override recheck(): Promise<number> {
    return this.database.transaction(waitAll);
  }

  override async unchecked(limit: number): Promise<UncheckedImage[]> {
    const rows = await this.database.query<{ id: number; hash: string | null }>(
      `SELECT i.id, encode(i.perceptual_hash, 'hex') AS hash
       FROM duplicate_check c JOIN image i ON i.id = c.image_id ORDER BY i.id LIMIT $1`,
      [limit],
    );
    return rows.map(({ id, hash }) => ({ id, perceptualHash: hash }));
  }

  override async hashesOf(ids: readonly number[]): Promise<Map<number, string>> {
    const rows = await this.database.query<{ id: number; hash: string }>(
      `SELECT id, encode(perceptual_hash, 'hex') AS hash FROM image
       WHERE id = ANY($1::bigint[]) AND perceptual_hash IS NOT NULL`,
      [ids],
    );
    return new Map(rows.map(({ id, hash }) => [id, hash]));
  }

  override keep({ space, ids, hashes, pairs }: CheckedImages): Promise<boolean> {
    return this.transactions.run(async (manager, changes) => {
      // Images first, as a deletion does it, so that neither waits for the other.
      await holdImages(manager, [...ids, ...pairs.flatMap(({ lowId, highId }) => [lowId, highId])]);
      if (!(await holdSpace(manager, space))) return false;
      if (hashes.size > 0) {
        await manager.query(
          `UPDATE image SET perceptual_hash = decode(given.hash, 'hex')
           FROM unnest($1::bigint[], $2::text[]) AS given (id, hash) WHERE image.id = given.id`,
          [[...hashes.keys()], [...hashes.values()]],
        );
        // Processes remember image records, and the hash is part of them.
        changes.addRecords([...hashes.keys()]);
      }
      if (pairs.length > 0) await insertPairs(manager, pairs);
      await manager.query('DELETE FROM duplicate_check WHERE image_id = ANY($1::bigint[])', [ids]);
      await appendChanges(manager, changes);
      return true;
    });
  }

  override alone<T>(work: () => Promise<T>): Promise<T | null> {
    return this.database.withConnection(async (client) => {
      const lock = [LOCKS.duplicates];
      const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', lock);
      if (!rows[0]?.mine) return null;
      try {
        return await work();
      } finally {
        await client.query('SELECT pg_advisory_unlock($1)', lock).catch(() => undefined);
      }
    });
  }
}

async function waitAll(manager: EntityManager): Promise<number> {
  await manager.query('INSERT INTO duplicate_check SELECT id FROM image ON CONFLICT DO NOTHING');
  const [row] = await manager.query<{ count: number }[]>('SELECT count(*) AS count FROM duplicate_check');
  return row?.count ?? 0;
}

/** None of them goes until the transaction ends; those that are gone already are passed over. */
async function holdImages(manager: EntityManager, ids: readonly number[]): Promise<void> {
  await manager.query('SELECT 1 FROM image WHERE id = ANY($1::bigint[]) ORDER BY id FOR KEY SHARE', [ids]);
}

/** Whether pairs are of the space; no other one takes its place until the transaction ends. */
async function holdSpace(manager: EntityManager, { encoderId, tap }: EmbeddingSpace): Promise<boolean> {
  const [state] = await manager.query<unknown[]>(
    'SELECT 1 FROM duplicate_state WHERE encoder_id = $1 AND tap = $2 FOR UPDATE',
    [encoderId, tap],
  );
  return state !== undefined;
}

/** Of images that are held. */
async function insertPairs(manager: EntityManager, pairs: readonly NearPair[]): Promise<void> {
  await manager.query(
    `INSERT INTO near_pair (low_id, high_id, score, distance)
     SELECT given.* FROM unnest($1::bigint[], $2::bigint[], $3::real[], $4::smallint[])
       AS given (low_id, high_id, score, distance)
     WHERE EXISTS (SELECT 1 FROM image i WHERE i.id = given.low_id)
       AND EXISTS (SELECT 1 FROM image i WHERE i.id = given.high_id)
     ON CONFLICT (low_id, high_id) DO UPDATE SET score = excluded.score, distance = excluded.distance`,
    [
      pairs.map(({ lowId }) => lowId),
      pairs.map(({ highId }) => highId),
      pairs.map(({ score }) => score),
      pairs.map(({ distance }) => distance),
    ],
  );
  await manager.query('UPDATE duplicate_state SET version = version + 1');
}
