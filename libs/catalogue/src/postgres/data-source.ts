import path from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { projectRoot } from '#libs/config';
import { CatalogueEntity, CollectionEntity, EncoderEntity, ImportEntity, ImportItemEntity } from './entities.js';
import { LOCKS } from './locks.js';

// Ids, sequences and byte counts stay far below 2^53, so bigint columns can be plain numbers.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Always the build: TypeORM imports the files by itself, past the test runner, and Node 20 reads no TypeScript. */
export const MIGRATIONS_FOLDER = path.join(projectRoot(), 'dist', 'migrations');

/**
 * A data source on the catalogue; not connected yet. Also what the TypeORM command line would use.
 *
 * @param url postgres:// address
 * @param poolSize most connections
 * @param migrations files of those it knows; all, unless an older schema is wanted
 */
export function createDataSource(
  url: string,
  poolSize: number,
  migrations: string[] = [path.join(MIGRATIONS_FOLDER, '*.js')],
): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    poolSize,
    entities: [EncoderEntity, CatalogueEntity, CollectionEntity, ImportEntity, ImportItemEntity],
    migrations,
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    applicationName: 'likeness',
    extra: { connectionTimeoutMillis: 10_000, keepAlive: true },
  });
}

/** Applies pending migrations; other processes that start at the same moment wait. */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  await runner.connect();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [LOCKS.migrate]);
    const applied = await dataSource.runMigrations();
    return applied.map((migration) => migration.name);
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [LOCKS.migrate]);
    await runner.release();
  }
}
