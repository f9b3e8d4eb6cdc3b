import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DomainError } from '#libs/errors';
import { Rejections, type NearPair, type Rejection } from '../../domain/duplicate.js';
import { PostgresDatabase } from '../postgres-database.js';

type Pairs = readonly (readonly [number, number])[];

/** Pairs of ids as ordered pairs of contents; those whose images are gone are left out. */
const CONTENTS = `(
  SELECT DISTINCT least(a.sha256, b.sha256) AS low_sha256, greatest(a.sha256, b.sha256) AS high_sha256
  FROM unnest($1::bigint[], $2::bigint[]) AS given (one, other)
  JOIN image a ON a.id = given.one JOIN image b ON b.id = given.other WHERE a.id <> b.id) AS given`;

interface Row {
  low: Buffer;
  high: Buffer;
  lowId: number | null;
  highId: number | null;
  at: Date;
  /** The same in microseconds since 1970, which a Date does not hold. */
  exactly: string;
}

@Injectable()
export class PostgresRejections extends Rejections {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override add(pairs: Pairs): Promise<number> {
    return this.change(
      `WITH done AS (
         INSERT INTO not_duplicate (low_sha256, high_sha256) SELECT given.* FROM ${CONTENTS}
         ON CONFLICT DO NOTHING RETURNING 1)
       SELECT count(*) AS count FROM done`,
      pairs,
    );
  }

  override remove(pairs: Pairs): Promise<number> {
    return this.change(
      `WITH done AS (
         DELETE FROM not_duplicate n USING ${CONTENTS}
         WHERE n.low_sha256 = given.low_sha256 AND n.high_sha256 = given.high_sha256 RETURNING 1)
       SELECT count(*) AS count FROM done`,
      pairs,
    );
  }

  override among(ids: readonly number[]): Promise<Pick<NearPair, 'lowId' | 'highId'>[]> {
    return this.database.query(
      `SELECT least(a.id, b.id) AS "lowId", greatest(a.id, b.id) AS "highId" FROM not_duplicate n
       JOIN image a ON a.sha256 = n.low_sha256 JOIN image b ON b.sha256 = n.high_sha256
       WHERE a.id = ANY($1::bigint[]) AND b.id = ANY($1::bigint[])`,
      [ids],
    );
  }

  override async list({ cursor, limit }: { cursor?: string; limit: number }) {
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const rows = await this.database.query<Row>(
      `SELECT n.low_sha256 AS low, n.high_sha256 AS high, n.at,
              (extract(epoch FROM n.at) * 1000000)::bigint::text AS exactly, a.id AS "lowId", b.id AS "highId"
       FROM not_duplicate n
       LEFT JOIN image a ON a.sha256 = n.low_sha256 LEFT JOIN image b ON b.sha256 = n.high_sha256
       WHERE $1::bigint IS NULL OR (n.at, n.low_sha256, n.high_sha256) <
         (timestamptz 'epoch' + $1::bigint * interval '1 microsecond', decode($2, 'hex'), decode($3, 'hex'))
       ORDER BY n.at DESC, n.low_sha256 DESC, n.high_sha256 DESC LIMIT $4`,
      [...(after ?? [null, null, null]), limit + 1],
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      rejections: page.map(toRejection),
      nextCursor: rows.length > limit && last ? encodeCursor(last) : null,
    };
  }

  private change(sql: string, pairs: Pairs): Promise<number> {
    return this.database.transaction(async (manager: EntityManager) => {
      const given = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
      const [row] = await manager.query<{ count: number }[]>(sql, given);
      const count = row?.count ?? 0;
      if (count > 0) await manager.query('UPDATE duplicate_state SET version = version + 1');
      return count;
    });
  }
}

const toRejection = ({ low, high, lowId, highId, at }: Row): Rejection => ({
  sha256: [low.toString('hex'), high.toString('hex')],
  ids: [lowId, highId],
  at,
});

const encodeCursor = ({ low, high, exactly }: Row): string =>
  Buffer.from(JSON.stringify([exactly, low.toString('hex'), high.toString('hex')])).toString('base64url');

function decodeCursor(text: string): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === 3) {
      const [at, low, high] = parts.map(String);
      // From 2001 to 2286.
      const isTime = (value: string | undefined): value is string => /^\d{16}$/.test(value ?? '');
      const isHash = (value: string | undefined): value is string => /^[0-9a-f]{64}$/.test(value ?? '');
      if (isTime(at) && isHash(low) && isHash(high)) return [at, low, high];
    }
  } catch {
    // Said below.
  }
  throw new DomainError('invalid_request', 'The cursor is not one this service gave out.', {
    fields: [
      { path: 'cursor', expected: 'the nextCursor of an earlier page', received: JSON.stringify(text.slice(0, 40)) },
    ],
  });
}
