import type pg from 'pg';
import { quoted, tablesOf } from './read-contents.js';

interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/**
 * Empties every table and takes off what would stop rows from being loaded in any order: foreign keys, which may run in
 * circles, and triggers. In the transaction that loads them.
 *
 * @returns puts all of it back, which checks every row
 */
export async function prepareTables(client: pg.ClientBase): Promise<() => Promise<void>> {
  const tables = (await tablesOf(client)).map(({ name }) => quoted(name));
  const { rows: keys } = await client.query<ForeignKey>(
    `SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND conparentid = 0`,
  );
  for (const { table, name } of keys) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${quoted(name)}`);
  for (const table of tables) await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  // What migrations have put in is in the archive too.
  if (tables.length > 0) await client.query(`TRUNCATE ${tables.join(', ')}`);
  return async () => {
    for (const table of tables) await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
    for (const { table, name, definition } of keys) {
      await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${quoted(name)} ${definition}`);
    }
  };
}

/**
 * Runs `load` with these columns beside those that the table has, and drops them with what was loaded into them. A COPY
 * in binary form can pass no value over; bytea takes in those of any type.
 */
export async function withColumns(
  client: pg.ClientBase,
  table: string,
  columns: readonly string[],
  load: () => Promise<void>,
): Promise<void> {
  for (const column of columns) await client.query(`ALTER TABLE ${quoted(table)} ADD ${quoted(column)} bytea`);
  await load();
  for (const column of columns) await client.query(`ALTER TABLE ${quoted(table)} DROP ${quoted(column)}`);
}

/** Sequences go on where they were, so that no number is given out twice. One that is not there was somebody else's. */
export async function setSequences(
  client: pg.ClientBase,
  sequences: readonly { readonly name: string; readonly value: string }[],
): Promise<void> {
  for (const { name, value } of sequences) {
    await client.query('SELECT setval(there, $2::bigint) FROM to_regclass($1) AS there WHERE there IS NOT NULL', [
      quoted(name),
      value,
    ]);
  }
}
