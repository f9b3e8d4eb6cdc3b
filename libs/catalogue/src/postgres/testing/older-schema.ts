import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { DataSource } from 'typeorm';
import { createDataSource, MIGRATIONS_FOLDER } from '../data-source.js';

/**
 * Gives an empty database the schema that it had before a migration. Whoever migrates it afterwards applies the rest.
 *
 * @param before time stamp that the migration's file begins with
 * @param fill puts in what the database then held
 */
export async function olderSchema(
  url: string,
  before: string,
  fill: (older: DataSource) => Promise<unknown>,
): Promise<void> {
  const files = (await readdir(MIGRATIONS_FOLDER)).filter((file) => file.endsWith('.js') && file < before);
  const older = createDataSource(
    url,
    3,
    files.map((file) => path.join(MIGRATIONS_FOLDER, file)),
  );
  await older.initialize();
  try {
    await older.runMigrations();
    await fill(older);
  } finally {
    await older.destroy();
  }
}
