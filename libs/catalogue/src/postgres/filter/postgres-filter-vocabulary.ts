import { Injectable } from '@nestjs/common';
import { conditionsOf, type ImageFilter } from '../../domain/filter.js';
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
    return compileFilter(checkFilter(filter, await this.read(filter)), first);
  }

  protected async read(filter: ImageFilter): Promise<FilterVocabulary> {
    const named = [...conditionsOf(filter)].flatMap(({ condition: { field, eq, in: among = [] } }) =>
      field === 'collection' ? [eq, ...among].filter((name) => typeof name === 'string') : [],
    );
    const [fields, collections] = await Promise.all([this.readFields(), this.readCollections(named)]);
    return { ...fields, collections };
  }

  private async readCollections(names: readonly string[]): Promise<Set<string>> {
    if (names.length === 0) return new Set();
    const rows = await this.database.prepared<{ name: string }>(
      'filter-collections',
      'SELECT name FROM collection WHERE name = ANY($1::text[])',
      [names],
    );
    return new Set(rows.map(({ name }) => name));
  }

  private async readFields(): Promise<Omit<FilterVocabulary, 'collections'>> {
    const rows = await this.database.prepared<{ key: string; type: MetadataFieldType | null; category: string | null }>(
      'filter-vocabulary',
      `SELECT key, type, NULL AS category FROM metadata_field
       UNION ALL SELECT k.name, NULL, c.name FROM classifier k
                 LEFT JOIN category c ON c.classifier_id = k.id AND c.removed_at IS NULL`,
      [],
    );
    const metadata = new Map<string, MetadataFieldType>();
    const categories = new Map<string, Set<string>>();
    for (const { key, type, category } of rows) {
      if (type !== null) {
        metadata.set(key, type);
        continue;
      }
      const known = categories.get(key) ?? new Set<string>();
      if (category !== null) known.add(category);
      categories.set(key, known);
    }
    return { metadata, categories };
  }
}
