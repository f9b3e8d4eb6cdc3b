import { Injectable } from '@nestjs/common';
import type { SerialisedError } from '#libs/errors';
import { Trainings } from '../../classifiers/heads.js';
import type { TrainingRecord } from '../../domain/classifier.js';
import { LOCKS } from '../locks.js';
import { fitsInteger } from '../number-columns.js';
import { PostgresDatabase } from '../postgres-database.js';
import { PostgresSession } from '../postgres-session.js';
import { aliveOwners } from './alive-owners.js';

const SELECT_TRAININGS = `
  SELECT t.id, t.classifier_id AS "classifierId", t.status, t.request, t.progress, t.attempts, v.number AS version,
         t.error, t.created_at AS "createdAt", t.started_at AS "startedAt", t.finished_at AS "finishedAt"
  FROM training t LEFT JOIN head_version v ON v.id = t.version_id`;

@Injectable()
export class PostgresTrainings extends Trainings {
  constructor(
    private readonly database: PostgresDatabase,
    private readonly session: PostgresSession,
  ) {
    super();
  }

  override async create(classifierId: number, request: unknown): Promise<TrainingRecord> {
    const [row] = await this.database.query<{ id: number }>(
      'INSERT INTO training (classifier_id, request) VALUES ($1, $2) RETURNING id',
      [classifierId, JSON.stringify(request)],
    );
    return this.byId(row?.id ?? 0);
  }

  override async find(classifierId: number, id: number): Promise<TrainingRecord | null> {
    if (!fitsInteger(id)) return null;
    const [row] = await this.database.query<TrainingRecord>(
      `${SELECT_TRAININGS} WHERE t.classifier_id = $1 AND t.id = $2`,
      [classifierId, id],
    );
    return row ?? null;
  }

  override list(classifierId: number, limit: number): Promise<TrainingRecord[]> {
    return this.database.query<TrainingRecord>(
      `${SELECT_TRAININGS} WHERE t.classifier_id = $1 ORDER BY t.id DESC LIMIT $2`,
      [classifierId, limit],
    );
  }

  override async claim(id: number): Promise<TrainingRecord | null> {
    const rows = await this.database.query<{ id: number }>(
      `WITH claimed AS (
         UPDATE training SET status = 'running', owner = $2, attempts = attempts + 1, started_at = now()
         WHERE id = $1 AND (status = 'queued' OR (status = 'running' AND owner NOT IN (${aliveOwners(3)})))
         RETURNING id)
       SELECT id FROM claimed`,
      [id, this.session.owner, LOCKS.importOwner],
    );
    return rows.length === 0 ? null : this.byId(id);
  }

  override async abandoned(): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM training WHERE status = 'queued' OR (status = 'running' AND owner NOT IN (${aliveOwners(1)}))
       ORDER BY id`,
      [LOCKS.importOwner],
    );
    return rows.map((row) => row.id);
  }

  override report(id: number, progress: unknown): Promise<boolean> {
    return this.change(`progress = $3`, id, JSON.stringify(progress));
  }

  override async finish(id: number, end: { versionId: number } | { error: SerialisedError }): Promise<void> {
    if ('versionId' in end)
      await this.change(`status = 'done', version_id = $3, finished_at = now()`, id, end.versionId);
    else await this.change(`status = 'failed', error = $3, finished_at = now()`, id, JSON.stringify(end.error));
  }

  override async release(id: number): Promise<void> {
    await this.change(`status = 'queued', owner = $3, attempts = attempts - 1`, id, null);
  }

  override async cancel(id: number): Promise<boolean> {
    const rows = await this.database.query<unknown>(
      `WITH changed AS (
         UPDATE training SET status = 'cancelled', finished_at = now()
         WHERE id = $1 AND status IN ('queued', 'running') AND version_id IS NULL
         RETURNING id)
       SELECT id FROM changed`,
      [id],
    );
    return rows.length > 0;
  }

  /** Changes one that is still this process's. */
  private async change(set: string, id: number, value: unknown): Promise<boolean> {
    const rows = await this.database.query<unknown>(
      `WITH changed AS (UPDATE training SET ${set} WHERE id = $1 AND status = 'running' AND owner = $2 RETURNING id)
       SELECT id FROM changed`,
      [id, this.session.owner, value],
    );
    return rows.length > 0;
  }

  private async byId(id: number): Promise<TrainingRecord> {
    const [row] = await this.database.query<TrainingRecord>(`${SELECT_TRAININGS} WHERE t.id = $1`, [id]);
    return row as TrainingRecord;
  }
}
