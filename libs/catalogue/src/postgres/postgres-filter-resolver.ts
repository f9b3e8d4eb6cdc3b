import { Injectable } from '@nestjs/common';
import { FilterResolver, type ImageFilter } from '../domain/filter.js';
import { PostgresDatabase } from './postgres-database.js';

@Injectable()
export class PostgresFilterResolver extends FilterResolver {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override async resolve(filter: ImageFilter): Promise<Float64Array> {
    const rows =
      filter.collection === undefined
        ? await this.database.query<{ id: number }>('SELECT id FROM image ORDER BY id', [])
        : await this.database.query<{ id: number }>(
            `SELECT ci.image_id AS id FROM collection_image ci JOIN collection c ON c.id = ci.collection_id
             WHERE c.name = $1 ORDER BY ci.image_id`,
            [filter.collection],
          );
    return Float64Array.from(rows, (row) => row.id);
  }
}
