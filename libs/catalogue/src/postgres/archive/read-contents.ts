import { Logger } from '@nestjs/common';
import type pg from 'pg';
import type { ArchivedTable, CatalogueContents } from '../../catalogue-archive.js';
import { KEPT_FOR_EXAMPLE } from '../classifiers/kept-for-example.js';

/** Written by TypeORM; an archive names the migrations instead, and a restore runs them. */
export const MIGRATION_TABLE = 'migration';

/**
 * Everything a catalogue holds, asked of PostgreSQL itself: a table that a later migration adds is in the next archive.
 *
 * @param client in a transaction that sees one moment
 */
export async function readContents(client: pg.ClientBase): Promise<CatalogueContents> {
  const [migrations, server, sequences, originals] = [
    await client.query<{ name: string }>(`SELECT name FROM ${MIGRATION_TABLE} ORDER BY id`),
    await client.query<{ server_version: string }>('SHOW server_version'),
    await client.query<{ name: string; value: string }>(
      `SELECT sequencename AS name, last_value::text AS value FROM pg_sequences
       WHERE schemaname = current_schema() AND last_value IS NOT NULL AND sequencename <> '${MIGRATION_TABLE}_id_seq'
       ORDER BY sequencename`,
    ),
    await client.query<{ count: number; bytes: number; references: number }>(
      `SELECT count(*) FILTER (WHERE reference_path IS NULL) AS count,
              coalesce(sum(bytes) FILTER (WHERE reference_path IS NULL), 0)::bigint AS bytes,
              count(reference_path) AS references
       FROM image`,
    ),
  ];
  const tables: ArchivedTable[] = [];
  for (const { name, columns, readable } of await tablesOf(client)) {
    if (!readable) {
      new Logger('backup').warn(`the table ${name} may not be read: the backup is made without it`);
      continue;
    }
    const counted = await client.query<{ rows: number }>(`SELECT count(*) AS rows FROM ${quoted(name)}`);
    tables.push({ name, columns, rows: Number(counted.rows[0]?.rows) });
  }
  const [found] = originals.rows;
  const own = hasExamples(tables)
    ? await client.query<{ count: number }>(`SELECT count(*) AS count FROM example WHERE ${KEPT_FOR_EXAMPLE}`)
    : undefined;
  return {
    migrations: migrations.rows.map((row) => row.name),
    server: server.rows[0]?.server_version ?? '',
    tables,
    sequences: sequences.rows,
    originals: {
      count: Number(found?.count) + Number(own?.rows[0]?.count ?? 0),
      bytes: Number(found?.bytes),
      references: Number(found?.references),
    },
  };
}

/** Whether there are training images: a catalogue of before there were classifiers has none. */
export const hasExamples = (tables: readonly ArchivedTable[]): boolean => tables.some(({ name }) => name === 'example');

interface TableFound {
  readonly name: string;
  readonly columns: readonly string[];
  /** False for a table of another role, which shares the schema. */
  readonly readable: boolean;
}

/** Tables of the catalogue's schema with the columns that can be written, by name; parts of partitioned tables through their parent. */
export async function tablesOf(client: pg.ClientBase): Promise<TableFound[]> {
  const { rows } = await client.query<TableFound>(
    `SELECT c.relname AS name, has_table_privilege(c.oid, 'SELECT') AS readable,
            array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL) AS columns
     FROM pg_class c
     LEFT JOIN pg_attribute a
       ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> $1
     GROUP BY c.oid, c.relname ORDER BY c.relname`,
    [MIGRATION_TABLE],
  );
  return rows.map((table) => ({ ...table, columns: table.columns ?? [] }));
}

/** An identifier as SQL wants it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Head of a COPY of a table's columns. */
export const copyTarget = ({ name, columns }: Pick<ArchivedTable, 'name' | 'columns'>): string =>
  `COPY ${quoted(name)} (${columns.map(quoted).join(', ')})`;
