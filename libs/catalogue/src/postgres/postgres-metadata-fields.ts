import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { DomainError } from '#libs/errors';
import {
  MetadataFields,
  type MetadataField,
  type MetadataFieldReport,
  type MetadataFieldType,
} from '../domain/metadata-field.js';
import { metadataExpression } from './filter/metadata-expression.js';
import { LOCKS } from './locks.js';
import { PostgresDatabase } from './postgres-database.js';

const MISFIT_SAMPLES = 5;
const LOCK_RETRY_MS = 100;

interface FieldRow {
  id: number;
  key: string;
  type: MetadataFieldType;
  declaredAt: Date;
  indexed: boolean;
}

const indexName = (id: number): string => `image_metadata_${Math.trunc(id)}`;

@Injectable()
export class PostgresMetadataFields extends MetadataFields {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override async list(): Promise<MetadataField[]> {
    return (await this.rows()).map(withoutId);
  }

  override async declare(key: string, type: MetadataFieldType): Promise<MetadataFieldReport> {
    await this.database.query('INSERT INTO metadata_field (key, type) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING', [
      key,
      type,
    ]);
    const field = await this.find(key);
    if (field && field.type !== type) {
      throw new DomainError('metadata_field_conflict', `metadata.${key} is declared as ${field.type} already.`);
    }
    if (field) await this.makeIndex(field);
    const report = await this.report(key);
    if (!report) throw new DomainError('metadata_field_not_found', `metadata.${key} was removed meanwhile.`);
    return report;
  }

  override async report(key: string): Promise<MetadataFieldReport | null> {
    const field = await this.find(key);
    if (!field) return null;
    const typed = metadataExpression('metadata', '$1::text', field.type);
    const misfit = `jsonb_typeof(metadata -> $1::text) <> 'null' AND ${typed} IS NULL`;
    const [counts] = await this.database.query<{ images: number; misfits: number }>(
      `SELECT count(*) FILTER (WHERE ${typed} IS NOT NULL) AS images, count(*) FILTER (WHERE ${misfit}) AS misfits
       FROM image WHERE metadata ? $1::text`,
      [key],
    );
    const { images = 0, misfits = 0 } = counts ?? {};
    const misfitSamples =
      misfits === 0
        ? []
        : await this.database.query<{ imageId: number; value: unknown }>(
            `SELECT id AS "imageId", metadata -> $1::text AS value FROM image
             WHERE metadata ? $1::text AND ${misfit} ORDER BY id LIMIT ${MISFIT_SAMPLES}`,
            [key],
          );
    return { ...withoutId(field), images, misfits, misfitSamples };
  }

  override async remove(key: string): Promise<boolean> {
    const [gone] = await this.database.query<{ id: number }>(
      'WITH gone AS (DELETE FROM metadata_field WHERE key = $1 RETURNING id) SELECT id FROM gone',
      [key],
    );
    if (!gone) return false;
    await this.alone((client) => client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${indexName(gone.id)}`));
    return true;
  }

  override async ensureIndexes(): Promise<void> {
    for (const field of await this.rows()) if (!field.indexed) await this.makeIndex(field);
  }

  private async find(key: string): Promise<FieldRow | undefined> {
    return (await this.rows()).find((row) => row.key === key);
  }

  private rows(): Promise<FieldRow[]> {
    return this.database.query<FieldRow>(
      `SELECT f.id, f.key, f.type, f.declared_at AS "declaredAt", coalesce(x.indisvalid, false) AS indexed
       FROM metadata_field f LEFT JOIN pg_index x ON x.indexrelid = to_regclass('image_metadata_' || f.id)
       ORDER BY f.key`,
    );
  }

  /** Readers and writers go on meanwhile. An index that was left half made is made again. */
  private async makeIndex(field: FieldRow): Promise<void> {
    await this.alone(async (client) => {
      const { rows } = await client.query<{ valid: boolean }>(
        'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)',
        [indexName(field.id)],
      );
      if (rows[0]?.valid) return;
      if (rows.length > 0) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${indexName(field.id)}`);
      // A definition takes no parameters; the key is quoted by the driver.
      const expression = metadataExpression('metadata', `${pg.escapeLiteral(field.key)}::text`, field.type);
      await client.query(`CREATE INDEX CONCURRENTLY ${indexName(field.id)} ON image (${expression})`);
      // Without statistics of the expression every estimate would be a guess.
      await client.query('ANALYZE image');
    });
  }

  /**
   * One at a time among all processes. The lock is tried and tried again: a statement that waits for it would hold a
   * snapshot, which making an index concurrently waits for in turn.
   */
  private alone(work: (client: pg.ClientBase) => Promise<unknown>): Promise<void> {
    return this.database.withConnection(async (client) => {
      const lock = async (): Promise<boolean> => {
        const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
          LOCKS.metadataIndexes,
        ]);
        return rows[0]?.locked ?? false;
      };
      while (!(await lock())) await sleep(LOCK_RETRY_MS);
      try {
        await work(client);
      } finally {
        await client.query('SELECT pg_advisory_unlock($1)', [LOCKS.metadataIndexes]);
      }
    });
  }
}

const withoutId = ({ key, type, declaredAt, indexed }: FieldRow): MetadataField => ({
  key,
  type,
  declaredAt,
  indexed,
});
