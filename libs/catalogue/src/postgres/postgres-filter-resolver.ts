import { Injectable } from '@nestjs/common';
import { FilterResolver, type ImageFilter } from '../domain/filter.js';
import { selectMatchingIds, unpackIds, type IdPage } from './filter/matching-ids.js';
import { PostgresFilterVocabulary } from './filter/postgres-filter-vocabulary.js';
import { ResolvedSets } from './filter/resolved-sets.js';
import { PostgresDatabase } from './postgres-database.js';

interface ExplainRow {
  'QUERY PLAN': readonly { Plan: { 'Plan Rows': number } }[];
}

@Injectable()
export class PostgresFilterResolver extends FilterResolver {
  private readonly sets = new ResolvedSets();

  constructor(
    private readonly database: PostgresDatabase,
    private readonly vocabulary: PostgresFilterVocabulary,
  ) {
    super();
  }

  override async resolve(filter: ImageFilter): Promise<Float64Array> {
    const key = JSON.stringify(filter);
    // Read before the set, so that the set is never older than what it is kept under.
    const snapshot = await this.snapshot();
    const known = this.sets.get(key, snapshot);
    if (known) return known;
    const { sql, parameters } = await this.vocabulary.compile(filter);
    const ids = await unpackIds(await this.database.query<IdPage>(selectMatchingIds(sql), parameters));
    this.sets.keep(key, snapshot, ids);
    return ids;
  }

  override async estimate(filter: ImageFilter): Promise<number> {
    const { sql, parameters } = await this.vocabulary.compile(filter);
    const [row] = await this.database.query<ExplainRow>(
      `EXPLAIN (FORMAT JSON) SELECT i.id FROM image i WHERE ${sql}`,
      parameters,
    );
    return row?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0;
  }

  override async count(filter: ImageFilter): Promise<number> {
    const { sql, parameters } = await this.vocabulary.compile(filter);
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*) AS count FROM image i WHERE ${sql}`,
      parameters,
    );
    return row?.count ?? 0;
  }

  override async whichMatch(filter: ImageFilter, ids: readonly number[]): Promise<Set<number>> {
    if (ids.length === 0) return new Set();
    const { sql, parameters } = await this.vocabulary.compile(filter, 2);
    const rows = await this.database.query<{ id: number }>(
      `SELECT i.id FROM image i WHERE i.id = ANY($1::bigint[]) AND ${sql}`,
      [ids, ...parameters],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Says which commits are seen; the same text means the same rows. */
  private async snapshot(): Promise<string> {
    const [row] = await this.database.prepared<{ snapshot: string }>(
      'snapshot',
      'SELECT pg_current_snapshot()::text AS snapshot',
      [],
    );
    return row?.snapshot ?? '';
  }
}
