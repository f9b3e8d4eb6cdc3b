import { Injectable } from '@nestjs/common';
import type { ImageFilter } from '../../domain/filter.js';
import type { MetadataFieldType } from '../../domain/metadata-field.js';
import { checkFilter, type FilterVocabulary } from '../../filter/check-filter.js';
import { PostgresDatabase } from '../postgres-database.js';
import { compileFilter, type CompiledFilter } from './compile-filter.js';

/** What filters may ask of the catalogue as it is now, and what they are in SQL. */
@Injectable()
export class PostgresFilterVocabulary {
  constructor(protected readonly database: PostgresDatabase) {}

  /**
   * A condition on rows of `image i`; without a filter it always holds.
   *
   * @param first number of its first parameter
   * @throws DomainError `invalid_request` naming the path of what is unknown or of the wrong type
   */
  async compile(filter: ImageFilter | undefined, first = 1): Promise<CompiledFilter> {
    if (filter === undefined) return { sql: 'true', parameters: [] };
    return compileFilter(checkFilter(filter, await this.read()), first);
  }

  protected async read(): Promise<FilterVocabulary> {
    return { metadata: new Map<string, MetadataFieldType>(), categories: new Map<string, ReadonlySet<string>>() };
  }
}
