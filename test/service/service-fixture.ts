import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { likenessModule } from '#apps/composition';
import { PostgresDatabase } from '#libs/catalogue';
import { loadSettings, type SettingsSource } from '#libs/config';
import { Backfill, ImportImages, type ImportStart } from '#libs/search';
import { createTestDatabase, type TestDatabase } from '#libs/testing';

/** The whole service without HTTP, on a database and a data folder of its own, started as often as a test likes. */
export class ServiceFixture {
  private context?: INestApplicationContext;

  private constructor(
    private readonly database: TestDatabase,
    /** A folder for the test's own files; the data folder is in it. */
    readonly folder: string,
  ) {}

  static async create(): Promise<ServiceFixture> {
    const folder = await mkdtemp(path.join(tmpdir(), 'likeness-service-'));
    return new ServiceFixture(await createTestDatabase(), folder);
  }

  get dataDir(): string {
    return path.join(this.folder, 'data');
  }

  /** Starts it, or starts it again with other settings. */
  async start(settings: SettingsSource = {}): Promise<void> {
    await this.stop();
    const all = {
      LIKENESS_DATA_DIR: this.dataDir,
      DATABASE_URL: this.database.url,
      LIKENESS_DATABASE_POOL: '5',
      ...settings,
    };
    this.context = await NestFactory.createApplicationContext(likenessModule(loadSettings(all)), {
      abortOnError: false,
      logger: ['fatal'],
    });
  }

  async stop(): Promise<void> {
    await this.context?.close();
    this.context = undefined;
  }

  async drop(): Promise<void> {
    await this.stop();
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A use case or port of the running service. */
  get<T>(token: Type<T> | (abstract new (...parameters: never[]) => T)): T {
    if (!this.context) throw new Error('the service has not been started');
    return this.context.get<T>(token);
  }

  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.get(PostgresDatabase).query<Row>(sql, parameters);
  }

  /** Imports to the end. */
  async import(request: ImportStart) {
    const imports = this.get(ImportImages);
    let { id, ...progress } = await imports.start(request);
    for await (const step of imports.watch(id)) ({ id, ...progress } = step);
    const { items } = await imports.items(id, { limit: 1000 });
    return { id, ...progress, items };
  }

  async backfilled(): Promise<void> {
    while (this.get(Backfill).running) await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
