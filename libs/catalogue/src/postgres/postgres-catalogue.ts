import { Injectable, Logger } from '@nestjs/common';
import { mkdir } from 'node:fs/promises';
import { Settings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { CatalogueLifecycle } from '../catalogue.js';
import { MetadataFields } from '../domain/metadata-field.js';
import { EmbeddedPostgres } from '../embedded/embedded-postgres.js';
import { FolderOwnership } from '../embedded/folder-ownership.js';
import { PgBossJobQueue } from './pg-boss-job-queue.js';
import { operatorsError, PostgresDatabase } from './postgres-database.js';
import { PostgresSession } from './postgres-session.js';

/** Starts and stops everything of the catalogue: the embedded server where no address is set, ownership of the data folder, connections, jobs. */
@Injectable()
export class PostgresCatalogue extends CatalogueLifecycle {
  private readonly logger = new Logger('database');
  private undo: (() => Promise<void>)[] = [];
  private ownership?: FolderOwnership;

  constructor(
    private readonly settings: Settings,
    private readonly database: PostgresDatabase,
    private readonly session: PostgresSession,
    private readonly jobs: PgBossJobQueue,
    private readonly fields: MetadataFields,
  ) {
    super();
  }

  override async start(): Promise<void> {
    try {
      await this.open();
    } catch (error) {
      await this.stop();
      // Ownership and session connect by themselves, and their errors are still the driver's.
      throw operatorsError(error);
    }
  }

  override async ping(): Promise<void> {
    await this.database.query('SELECT 1');
  }

  override async announce(url: string): Promise<void> {
    await this.ownership?.announce(url);
  }

  override async stop(): Promise<void> {
    for (let step = this.undo.pop(); step; step = this.undo.pop()) {
      await step().catch((error: unknown) => this.logger.warn(`while stopping: ${DomainError.from(error).message}`));
    }
  }

  private async open(): Promise<void> {
    const { dir } = this.settings.data;
    await mkdir(dir, { recursive: true }).catch((error: Error) => {
      throw new DomainError('data_folder_unusable', `The data folder ${dir} cannot be made: ${error.message}`, {
        cause: error,
      });
    });
    const url = this.settings.database.url ?? (await this.startEmbedded(dir));
    const ownership = new FolderOwnership({ dataDir: dir, url, onLost: (error) => this.endProcess(error) });
    this.ownership = ownership;
    await ownership.acquire();
    this.undo.push(() => ownership.release());
    const applied = await this.database.connect(url, this.settings.database.poolSize);
    this.undo.push(() => this.database.disconnect());
    if (applied.length > 0) this.logger.log(`migrated: ${applied.join(', ')}`);
    await this.session.open(url);
    this.undo.push(() => this.session.close());
    await this.jobs.open(url, (error) => this.logger.warn(`jobs: ${error.message}`));
    this.undo.push(() => this.jobs.close());
    const indexing = this.fields
      .ensureIndexes()
      .catch((error: unknown) => this.logger.warn(`metadata fields: ${DomainError.from(error).message}`));
    this.undo.push(() => indexing);
  }

  /** Another process has taken the folder since our session broke: two writers would be worse than none. */
  private endProcess(error: Error): void {
    this.logger.error(`${error.message} This process ends.`);
    process.kill(process.pid, 'SIGTERM');
  }

  private async startEmbedded(dataDir: string): Promise<string> {
    const server = new EmbeddedPostgres({ dataDir, onLog: (line) => this.logger.log(line) });
    this.undo.push(() => server.stop());
    const { url, adopted } = await server.start();
    const { version, port } = server.describe() ?? {};
    this.logger.log(`PostgreSQL ${version} ${adopted ? 'was still running' : 'started'} on port ${port}`);
    return url;
  }
}
