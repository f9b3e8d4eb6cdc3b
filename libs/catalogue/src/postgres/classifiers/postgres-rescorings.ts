import { Injectable } from '@nestjs/common';
import type { SerialisedError } from '#libs/errors';
import { Rescorings } from '../../classifiers/heads.js';
import type { RescoringRecord } from '../../domain/classifier.js';
import { LOCKS } from '../locks.js';
import { PostgresDatabase } from '../postgres-database.js';
import { PostgresSession } from '../postgres-session.js';
import { aliveOwners } from './alive-owners.js';
import { featureJoin } from './feature-join.js';

const SELECT_RESCORINGS = `
  SELECT r.id, v.classifier_id AS "classifierId", r.version_id AS "versionId", v.number AS version, r.status, r.scored,
         r.total, r.lacking, r.error, r.created_at AS "createdAt", r.finished_at AS "finishedAt"
  FROM rescoring r JOIN head_version v ON v.id = r.version_id`;

@Injectable()
export class PostgresRescorings extends Rescorings {
  constructor(
    private readonly database: PostgresDatabase,
    private readonly session: PostgresSession,
  ) {
    super();
  }

  override async create(classifierId: number, versionId: number): Promise<RescoringRecord> {
    const id = await this.database.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM classifier WHERE id = $1 FOR UPDATE', [classifierId]);
      await manager.query(
        `UPDATE rescoring r SET status = 'cancelled', finished_at = now() FROM head_version v
         WHERE v.id = r.version_id AND v.classifier_id = $1 AND r.status IN ('queued', 'running')`,
        [classifierId],
      );
      const [row] = await manager.query<{ id: number }[]>(
        'INSERT INTO rescoring (version_id, total) SELECT $1, (SELECT count(*) FROM image) RETURNING id',
        [versionId],
      );
      return row?.id ?? 0;
    });
    return (await this.find(id)) as RescoringRecord;
  }

  override async find(id: number): Promise<RescoringRecord | null> {
    const [row] = await this.database.query<RescoringRecord>(`${SELECT_RESCORINGS} WHERE r.id = $1`, [id]);
    return row ?? null;
  }

  override async latest(classifierId: number): Promise<RescoringRecord | null> {
    const [row] = await this.database.query<RescoringRecord>(
      `${SELECT_RESCORINGS} WHERE v.classifier_id = $1 ORDER BY r.id DESC LIMIT 1`,
      [classifierId],
    );
    return row ?? null;
  }

  override async claim(id: number): Promise<RescoringRecord | null> {
    const rows = await this.database.query<unknown>(
      `WITH claimed AS (
         UPDATE rescoring SET status = 'running', owner = $2
         WHERE id = $1 AND (status = 'queued' OR (status = 'running' AND owner NOT IN (${aliveOwners(3)})))
         RETURNING id)
       SELECT id FROM claimed`,
      [id, this.session.owner, LOCKS.importOwner],
    );
    return rows.length === 0 ? null : this.find(id);
  }

  override async abandoned(): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM rescoring WHERE status = 'queued' OR (status = 'running' AND owner NOT IN (${aliveOwners(1)}))
       ORDER BY id`,
      [LOCKS.importOwner],
    );
    return rows.map((row) => row.id);
  }

  override report(id: number, progress: { scored: number; total: number; lacking: number }): Promise<boolean> {
    return this.change('scored = $3, total = $4, lacking = $5', id, [
      progress.scored,
      progress.total,
      progress.lacking,
    ]);
  }

  override async complete(
    id: number,
    space: { encoderId: number; taps: readonly string[] },
    unusable: readonly number[] = [],
  ): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      // Arrivals take this lock until their commit: whatever is there now is seen below, and whatever comes later is
      // scored by who follows the log, because the rescoring is unfinished until this commits.
      await manager.query('SELECT pg_advisory_xact_lock($1)', [LOCKS.changeLog]);
      const [mine] = await manager.query<{ version_id: number; classifier_id: number }[]>(
        `SELECT r.version_id, v.classifier_id FROM rescoring r JOIN head_version v ON v.id = r.version_id
         WHERE r.id = $1 AND r.status = 'running' AND r.owner = $2 FOR UPDATE OF r`,
        [id, this.session.owner],
      );
      if (!mine) return true;
      const { from, parameters } = featureJoin(space, 3);
      const missing = await manager.query<unknown[]>(
        `SELECT 1 FROM ${from}
         WHERE NOT EXISTS (SELECT 1 FROM category_score s WHERE s.image_id = i.id AND s.version_id = $1)
           AND i.id <> ALL($2::bigint[]) LIMIT 1`,
        [mine.version_id, unusable, ...parameters],
      );
      if (missing.length > 0) return false;
      await manager.query(`UPDATE rescoring SET status = 'done', finished_at = now() WHERE id = $1`, [id]);
      await manager.query('UPDATE classifier SET version_in_use = $2, updated_at = now() WHERE id = $1', [
        mine.classifier_id,
        mine.version_id,
      ]);
      return true;
    });
  }

  override async fail(id: number, error: SerialisedError): Promise<void> {
    await this.change(`status = 'failed', error = $3, finished_at = now()`, id, [JSON.stringify(error)]);
  }

  override async release(id: number): Promise<void> {
    await this.change(`status = 'queued', owner = $3`, id, [null]);
  }

  override async cancel(id: number): Promise<boolean> {
    const rows = await this.database.query<unknown>(
      `WITH changed AS (
         UPDATE rescoring SET status = 'cancelled', finished_at = now() WHERE id = $1 AND status IN ('queued', 'running')
         RETURNING id)
       SELECT id FROM changed`,
      [id],
    );
    return rows.length > 0;
  }

  private async change(set: string, id: number, values: readonly unknown[]): Promise<boolean> {
    const rows = await this.database.query<unknown>(
      `WITH changed AS (UPDATE rescoring SET ${set} WHERE id = $1 AND status = 'running' AND owner = $2 RETURNING id)
       SELECT id FROM changed`,
      [id, this.session.owner, ...values],
    );
    return rows.length > 0;
  }
}
