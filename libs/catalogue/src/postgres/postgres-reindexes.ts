import { Injectable } from '@nestjs/common';
import { DomainError } from '#libs/errors';
import { Reindexes, type ReindexRecord, type ReindexStatus } from '../domain/reindex.js';
import { PostgresDatabase } from './postgres-database.js';

const COLUMNS = `id, jsonb_build_object('encoderId', encoder_id, 'tap', tap) AS to,
  jsonb_build_object('encoderId', from_encoder_id, 'tap', from_tap) AS from,
  status, accept_missing AS "acceptMissing", embedded_before AS "embeddedBefore",
  created_at AS "createdAt", finished_at AS "finishedAt"`;

@Injectable()
export class PostgresReindexes extends Reindexes {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override async begin({
    to,
    from,
    acceptMissing,
    embeddedBefore,
  }: Pick<ReindexRecord, 'to' | 'from' | 'acceptMissing' | 'embeddedBefore'>): Promise<ReindexRecord> {
    const [begun] = await this.database.query<ReindexRecord>(
      `WITH begun AS (
         INSERT INTO reindex (encoder_id, tap, from_encoder_id, from_tap, accept_missing, embedded_before)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING *)
       SELECT ${COLUMNS} FROM begun`,
      [to.encoderId, to.tap, from.encoderId, from.tap, acceptMissing, embeddedBefore],
    );
    if (begun) return begun;
    throw new DomainError('reindex_state_conflict', 'Another change of encoder is under way: cancel it first.');
  }

  override async latest(): Promise<ReindexRecord | null> {
    const [row] = await this.database.query<ReindexRecord>(`SELECT ${COLUMNS} FROM reindex ORDER BY id DESC LIMIT 1`);
    return row ?? null;
  }

  override async setStatus(id: number, status: ReindexStatus): Promise<void> {
    const open = status === 'running' || status === 'waiting';
    await this.database.query(
      'UPDATE reindex SET status = $2, finished_at = CASE WHEN $3 THEN NULL ELSE now() END WHERE id = $1',
      [id, status, open],
    );
  }

  override async acceptMissing(id: number): Promise<void> {
    await this.database.query(
      `UPDATE reindex SET accept_missing = true, status = 'running' WHERE id = $1 AND status IN ('running', 'waiting')`,
      [id],
    );
  }
}
