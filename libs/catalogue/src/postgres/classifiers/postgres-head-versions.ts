import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DomainError } from '#libs/errors';
import { HeadVersions } from '../../classifiers/heads.js';
import type { HeadInUse, HeadVersionRecord, LiveHead, NewHeadVersion } from '../../domain/classifier.js';
import { fitsInteger } from '../number-columns.js';
import { PostgresDatabase } from '../postgres-database.js';

const SELECT_VERSIONS = `
  SELECT v.id, v.classifier_id AS "classifierId", v.number, v.encoder_fingerprint AS "encoderFingerprint", v.taps,
         v.category_ids AS "categoryIds", v.document, v.created_at AS "createdAt",
         f.version_in_use IS NOT DISTINCT FROM v.id AS "inUse"
  FROM head_version v JOIN classifier f ON f.id = v.classifier_id`;

@Injectable()
export class PostgresHeadVersions extends HeadVersions {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override async add(version: NewHeadVersion): Promise<HeadVersionRecord> {
    const number = await this.database.transaction(async (manager) => {
      // Whoever else changes the classifier waits from here on.
      const [counted] = await manager.query<{ number: number }[]>(
        `WITH changed AS (
           UPDATE classifier SET versions_made = versions_made + 1 WHERE id = $1 RETURNING versions_made)
         SELECT versions_made AS number FROM changed`,
        [version.classifierId],
      );
      if (!counted) throw new DomainError('classifier_not_found', 'The classifier was deleted meanwhile.');
      const gone = await manager.query<{ name: string }[]>(
        `SELECT coalesce(c.name, given.id::text) AS name FROM unnest($2::int[]) AS given (id)
         LEFT JOIN category c ON c.id = given.id AND c.classifier_id = $1
         WHERE c.id IS NULL OR c.removed_at IS NOT NULL`,
        [version.classifierId, version.categoryIds],
      );
      if (gone.length > 0) {
        const names = gone.map(({ name }) => `"${name}"`).join(', ');
        throw new DomainError(
          'training_outdated',
          `The categories of the classifier changed while the head was made: ${names} was removed.`,
        );
      }
      const [row] = await manager.query<{ id: number }[]>(
        `INSERT INTO head_version (classifier_id, number, encoder_fingerprint, taps, category_ids, document, weights)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
        [
          version.classifierId,
          counted.number,
          version.encoderFingerprint,
          version.taps,
          version.categoryIds,
          JSON.stringify(version.document),
          version.weights,
        ],
      );
      if (version.trainingId !== undefined) await nameIn(manager, version.trainingId, row?.id ?? 0);
      return counted.number;
    });
    const added = await this.find(version.classifierId, number);
    if (!added) throw new DomainError('classifier_not_found', 'The classifier was deleted meanwhile.');
    return added;
  }

  override list(classifierId: number): Promise<HeadVersionRecord[]> {
    return this.database.query<HeadVersionRecord>(
      `${SELECT_VERSIONS} WHERE v.classifier_id = $1 ORDER BY v.number DESC`,
      [classifierId],
    );
  }

  override async find(classifierId: number, number: number): Promise<HeadVersionRecord | null> {
    if (!fitsInteger(number)) return null;
    const [row] = await this.database.query<HeadVersionRecord>(
      `${SELECT_VERSIONS} WHERE v.classifier_id = $1 AND v.number = $2`,
      [classifierId, number],
    );
    return row ?? null;
  }

  override async weights(versionId: number): Promise<Buffer | null> {
    const [row] = await this.database.query<{ weights: Buffer }>('SELECT weights FROM head_version WHERE id = $1', [
      versionId,
    ]);
    return row?.weights ?? null;
  }

  override async categoriesLeft(versionId: number): Promise<number> {
    const [row] = await this.database.query<{ left: number }>(
      `SELECT count(*) AS left FROM head_version v JOIN category c ON c.id = ANY(v.category_ids)
       WHERE v.id = $1 AND c.removed_at IS NULL`,
      [versionId],
    );
    return row?.left ?? 0;
  }

  override async remove(versionId: number): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const used = await manager.query<unknown[]>('SELECT 1 FROM classifier WHERE version_in_use = $1', [versionId]);
      if (used.length > 0) return false;
      await manager.query('DELETE FROM category_score WHERE version_id = $1', [versionId]);
      await manager.query('DELETE FROM head_version WHERE id = $1', [versionId]);
      return true;
    });
  }

  override live(): Promise<LiveHead[]> {
    return this.database.query<LiveHead>(
      `SELECT v.id AS "versionId", v.classifier_id AS "classifierId", v.encoder_fingerprint AS "encoderFingerprint",
              v.taps, v.category_ids AS "categoryIds"
       FROM head_version v
       WHERE EXISTS (SELECT 1 FROM classifier f WHERE f.version_in_use = v.id)
          OR EXISTS (SELECT 1 FROM rescoring r WHERE r.version_id = v.id AND r.status IN ('queued', 'running'))
       ORDER BY v.id`,
    );
  }

  override inUse(): Promise<HeadInUse[]> {
    return this.database.query<HeadInUse>(
      `SELECT f.id AS "classifierId", v.number, v.encoder_fingerprint AS "encoderFingerprint", v.taps
       FROM classifier f JOIN head_version v ON v.id = f.version_in_use ORDER BY f.id`,
    );
  }
}

/** In the version's transaction, so that a training either has a version or was cancelled, and never both. */
async function nameIn(manager: EntityManager, trainingId: number, versionId: number): Promise<void> {
  const rows = await manager.query<unknown[]>(
    `WITH changed AS (
       UPDATE training SET version_id = $2 WHERE id = $1 AND status = 'running' AND version_id IS NULL RETURNING id)
     SELECT id FROM changed`,
    [trainingId, versionId],
  );
  if (rows.length === 0) throw new DomainError('training_aborted', 'The training was stopped.');
}
