import { Injectable } from '@nestjs/common';
import { DuplicateReader, type ImageQuality, type NearPair, type NearRule } from '../../domain/duplicate.js';
import { PostgresDatabase } from '../postgres-database.js';
import { countsAsNear, ruleParameters } from './near-rule-sql.js';

/** Rows of one statement: their parsing holds the event loop up for a few milliseconds. */
const BATCH = 5_000;
const PAIR = 'p.low_id AS "lowId", p.high_id AS "highId", p.score, p.distance';

const inCollection = (id: string, parameter: number): string =>
  `EXISTS (SELECT 1 FROM collection_image ci JOIN collection c ON c.id = ci.collection_id
           WHERE ci.image_id = ${id} AND c.name = $${parameter})`;

@Injectable()
export class PostgresDuplicateReader extends DuplicateReader {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override async unchecked(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>('SELECT count(*) AS count FROM duplicate_check');
    return row?.count ?? 0;
  }

  override async version(): Promise<number> {
    const [row] = await this.database.query<{ version: number }>('SELECT version FROM duplicate_state');
    return row?.version ?? 0;
  }

  override async nearPairs(
    rule: NearRule,
    collection: string | undefined,
    onBatch: (pairs: readonly NearPair[]) => void,
  ): Promise<void> {
    const within =
      collection === undefined ? '' : `AND ${inCollection('p.low_id', 7)} AND ${inCollection('p.high_id', 7)}`;
    for (let after = [0, 0], more = true; more;) {
      const pairs = await this.database.query<NearPair>(
        `SELECT ${PAIR} FROM near_pair p WHERE (p.low_id, p.high_id) > ($1, $2) AND ${countsAsNear(4)} ${within}
         ORDER BY p.low_id, p.high_id LIMIT $3`,
        [...after, BATCH, ...ruleParameters(rule), ...(collection === undefined ? [] : [collection])],
      );
      onBatch(pairs);
      const last = pairs.at(-1);
      more = pairs.length === BATCH;
      if (last) after = [last.lowId, last.highId];
    }
  }

  override async qualities(ids: readonly number[]): Promise<ImageQuality[]> {
    const found: ImageQuality[] = [];
    for (let first = 0; first < ids.length; first += BATCH) {
      found.push(
        ...(await this.database.query<ImageQuality>(
          `SELECT id, width::bigint * height AS pixels, bytes, created_at AS "createdAt"
           FROM image WHERE id = ANY($1::bigint[])`,
          [ids.slice(first, first + BATCH)],
        )),
      );
    }
    return found;
  }

  override nearAmong(rule: NearRule, ids: readonly number[]): Promise<NearPair[]> {
    return this.database.query<NearPair>(
      `SELECT ${PAIR} FROM near_pair p
       WHERE p.low_id = ANY($1::bigint[]) AND p.high_id = ANY($1::bigint[]) AND ${countsAsNear(2)}`,
      [ids, ...ruleParameters(rule)],
    );
  }

  override async exact({
    before = Number.MAX_SAFE_INTEGER,
    limit,
    collection,
  }: {
    before?: number;
    limit: number;
    collection?: string;
  }): Promise<number[]> {
    const within = collection === undefined ? '' : `AND ${inCollection('s.image_id', 3)}`;
    const rows = await this.database.query<{ id: number }>(
      `SELECT s.image_id AS id FROM image_source s WHERE s.image_id < $1 ${within}
       GROUP BY s.image_id HAVING count(*) > 1 ORDER BY s.image_id DESC LIMIT $2`,
      [before, limit, ...(collection === undefined ? [] : [collection])],
    );
    return rows.map(({ id }) => id);
  }
}
