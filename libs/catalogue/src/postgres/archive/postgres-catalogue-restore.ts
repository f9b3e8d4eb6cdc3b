import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DataSettings, DatabaseSettings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { CatalogueRestore, type ArchivedTable, type CatalogueContents } from '../../catalogue-archive.js';
import { EmbeddedPostgres } from '../../embedded/embedded-postgres.js';
import { FolderOwnership } from '../../embedded/folder-ownership.js';
import { createDataSource, migrate, MIGRATIONS_FOLDER } from '../data-source.js';
import { operatorsError } from '../postgres-database.js';
import { migrationFilesOf } from './known-migrations.js';
import { prepareTables, setSequences, withColumns } from './load-tables.js';
import { copyTarget, MIGRATION_TABLE, quoted, tablesOf } from './read-contents.js';
import { RESTORE_MARKER } from './restore-marker.js';

/**
 * Fills the database of an empty data folder, or an empty database. The schema of the archive's time is made first and
 * marked as unfinished, which a service refuses to start on; then everything is loaded in one transaction, whose end
 * takes the mark away.
 */
export class PostgresCatalogueRestore extends CatalogueRestore {
  private undo: (() => Promise<unknown>)[] = [];
  private client?: pg.Client;
  private url = '';
  private contents?: CatalogueContents;
  /** Columns of each table that Likeness had at the archive's time. */
  private schema = new Map<string, readonly string[]>();
  private putBack: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly settings: { readonly data: DataSettings; readonly database: DatabaseSettings }) {
    super();
  }

  override async begin(contents: CatalogueContents): Promise<string[]> {
    const files = await migrationFilesOf(MIGRATIONS_FOLDER, contents.migrations);
    const { data, database } = this.settings;
    for (const folder of new Set([data.dir, data.filesDir])) await refuseUnlessEmpty(folder);
    this.contents = contents;
    this.url = database.url ?? (await this.startEmbedded(data.dir));
    const ownership = new FolderOwnership({ dataDir: data.dir, url: this.url });
    await this.guarded(() => ownership.acquire());
    this.undo.push(() => ownership.release());
    await this.guarded(async () => {
      const client = await this.connect();
      await this.emptyDatabase(client);
      await client.query(`CREATE TABLE ${RESTORE_MARKER} (since timestamptz NOT NULL DEFAULT now())`);
      await this.migrate(files);
      this.schema = new Map((await tablesOf(client)).map(({ name, columns }) => [name, columns]));
      await client.query('BEGIN');
      this.putBack = await prepareTables(client);
    });
    return contents.tables.flatMap((table) => {
      if (!this.schema.has(table.name)) return [table.name];
      return this.foreignColumns(table).map((column) => `${table.name}.${column}`);
    });
  }

  override load(table: ArchivedTable, pieces: AsyncIterable<Buffer>): Promise<void> {
    return this.guarded(async () => {
      if (!this.schema.has(table.name)) return readToEnd(pieces);
      const client = this.connected();
      const target = copyFrom(`${copyTarget(table)} FROM STDIN (FORMAT binary)`);
      await withColumns(client, table.name, this.foreignColumns(table), () =>
        pipeline(Readable.from(pieces), client.query(target)),
      );
      if (target.rowCount !== table.rows) {
        const held = `${target.rowCount} rows of ${table.name} instead of ${table.rows}`;
        throw new DomainError('archive_corrupt', `The archive holds ${held}.`);
      }
    });
  }

  override finish(): Promise<void> {
    return this.guarded(async () => {
      const client = this.connected();
      await setSequences(client, this.contents?.sequences ?? []);
      await this.putBack();
      // An index or a follower of the catalogue's life before must not be taken for one of this life.
      await client.query('UPDATE catalogue SET epoch = gen_random_uuid()');
      await client.query('DELETE FROM follower');
      await client.query(`DROP TABLE ${RESTORE_MARKER}`);
      await client.query('COMMIT');
      await this.migrate();
      await client.query('ANALYZE');
    });
  }

  override async close(): Promise<void> {
    for (let step = this.undo.pop(); step; step = this.undo.pop()) await step().catch(() => undefined);
    this.client = undefined;
  }

  private foreignColumns({ name, columns }: ArchivedTable): string[] {
    const own = this.schema.get(name) ?? [];
    return columns.filter((column) => !own.includes(column));
  }

  private async startEmbedded(dataDir: string): Promise<string> {
    const server = new EmbeddedPostgres({ dataDir });
    this.undo.push(() => server.stop());
    return (await server.start()).url;
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url, keepAlive: true, application_name: 'likeness restore' });
    client.on('error', () => undefined); // the query that waits rejects all the same
    await client.connect();
    this.client = client;
    this.undo.push(() => client.end());
    return client;
  }

  /** What an interrupted restore left is ours to remove; anything else is somebody's. */
  private async emptyDatabase(client: pg.Client): Promise<void> {
    const tables = (await tablesOf(client)).map(({ name }) => name);
    if (tables.includes(RESTORE_MARKER)) return dropTables(client, [...tables, MIGRATION_TABLE]);
    if (tables.length > 0) {
      throw new DomainError('restore_target_not_empty', `The database holds tables already: ${tables.join(', ')}.`);
    }
  }

  private async migrate(files?: string[]): Promise<void> {
    const source = createDataSource(this.url, 2, files);
    await source.initialize();
    try {
      await migrate(source);
    } finally {
      await source.destroy();
    }
  }

  private connected(): pg.Client {
    if (!this.client) throw new DomainError('internal', 'the restore has not begun');
    return this.client;
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw operatorsError(error);
    }
  }
}

async function readToEnd(pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) void piece;
}

/** Drops tables and the functions that migrations made, all of which are named `likeness_…`. */
async function dropTables(client: pg.Client, names: readonly string[]): Promise<void> {
  await client.query(`DROP TABLE IF EXISTS ${names.map(quoted).join(', ')} CASCADE`);
  const { rows } = await client.query<{ signature: string }>(
    `SELECT oid::regprocedure::text AS signature FROM pg_proc
     WHERE pronamespace = current_schema()::regnamespace AND starts_with(proname, 'likeness_')`,
  );
  for (const { signature } of rows) await client.query(`DROP FUNCTION ${signature}`);
}

/** @throws DomainError `restore_target_not_empty` */
async function refuseUnlessEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new DomainError('data_folder_unusable', `${folder}: ${error.message}`, { cause: error });
  });
  // Every file system of its own has one.
  const found = entries.filter((name) => name !== 'lost+found');
  if (found.length === 0) return;
  throw new DomainError(
    'restore_target_not_empty',
    `${folder} is not empty: it holds ${found.slice(0, 5).join(', ')}.`,
  );
}
