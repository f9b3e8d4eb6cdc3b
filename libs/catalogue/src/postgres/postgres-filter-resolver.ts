import { Injectable } from '@nestjs/common';
import { FilterResolver, type ImageFilter } from '../domain/filter.js';
import { PostgresFilterVocabulary } from './filter/postgres-filter-vocabulary.js';
import { PostgresDatabase } from './postgres-database.js';

@Injectable()
export class PostgresFilterResolver extends FilterResolver {
  constructor(
    private readonly database: PostgresDatabase,
    private readonly vocabulary: PostgresFilterVocabulary,
  ) {
    super();
  }

  override async resolve(filter: ImageFilter): Promise<Float64Array> {
    const { sql, parameters } = await this.vocabulary.compile(filter);
    const rows = await this.database.query<{ id: number }>(
      `SELECT i.id FROM image i WHERE ${sql} ORDER BY i.id`,
      parameters,
    );
    return Float64Array.from(rows, (row) => row.id);
  }
}
