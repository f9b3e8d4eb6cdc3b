import { Logger } from '@nestjs/common';
import type pg from 'pg';
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import { DomainError, type ErrorCode } from '#libs/errors';
import { refuseUnfinishedRestore } from './archive/restore-marker.js';
import { createDataSource, migrate } from './data-source.js';

/** Postgres and socket errors that mean "not there at the moment" rather than "that was wrong"; 53300: every connection of the server is in use. */
const UNAVAILABLE =
  /^(08|53300|57P)|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EPIPE|ETIMEDOUT/;
/** The same of driver and pool, which give no code. */
const UNAVAILABLE_MESSAGE =
  /Connection terminated|timeout expired|timeout exceeded when trying to connect|connection timeout|Client has encountered/i;
const DISK_FULL = '53100';
/** Serialisation failure, deadlock, and a key that a transaction beside this one took or removed in between: it works the next time. */
const COLLISION = /^(40001|40P01|23503|23505)$/;
const MOST_TRIES = 5;

/** The connection pool, and the only place that turns database errors into codes. */
export class PostgresDatabase {
  private source?: DataSource;

  /** Connects and migrates. @returns names of the migrations that were applied */
  async connect(url: string, poolSize: number): Promise<string[]> {
    const source = createDataSource(url, poolSize);
    try {
      await source.initialize();
      await refuseUnfinishedRestore(source);
      const applied = await migrate(source);
      this.source = source;
      return applied;
    } catch (error) {
      if (source.isInitialized) await source.destroy();
      throw operatorsError(error);
    }
  }

  async disconnect(): Promise<void> {
    await this.source?.destroy();
    this.source = undefined;
  }

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    try {
      return await this.connected().query<Row[]>(sql, [...parameters]);
    } catch (error) {
      throw databaseError(error);
    }
  }

  /**
   * As `query`, planned once per connection: for statements that are asked all the time, where planning costs more
   * than running.
   *
   * @param name stands for `sql`: one name, one text
   */
  prepared<Row>(name: string, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.withConnection(async (client) => {
      const { rows } = await client.query({ name, text: sql, values: [...parameters] });
      return rows as Row[];
    });
  }

  /**
   * Runs `work` in one transaction; it commits when the promise resolves and rolls back when it rejects. After a
   * collision with another transaction `work` runs again from its start.
   */
  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.connected().transaction(work);
      } catch (error) {
        const collided = COLLISION.test(String((error as { code?: unknown }).code));
        if (!collided || attempt === MOST_TRIES) throw databaseError(error);
      }
    }
  }

  /** Lends one connection of the pool, for what needs the driver itself. */
  async withConnection<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    const runner = this.connected().createQueryRunner();
    try {
      return await work((await runner.connect()) as pg.ClientBase);
    } catch (error) {
      throw databaseError(error);
    } finally {
      await runner.release();
    }
  }

  /** Asks or changes one entity through its repository. */
  async with<E extends ObjectLiteral, T>(
    entity: EntityTarget<E>,
    work: (repository: Repository<E>) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(this.connected().getRepository(entity));
    } catch (error) {
      throw databaseError(error);
    }
  }

  private connected(): DataSource {
    if (!this.source) throw new DomainError('database_unavailable', 'The database is not connected.');
    return this.source;
  }
}

/**
 * Errors of the driver as codes; DomainErrors pass through. What it says of a statement that it refused is for the log:
 * a caller wrote no SQL and has nothing to learn of it.
 */
export function databaseError(error: unknown): DomainError {
  const known = operatorsError(error);
  if (known === error || known.code !== 'internal' || !isOfServer(error)) return known;
  new Logger('database').error(`a statement was refused: ${known.message}`);
  return new DomainError('internal', undefined, { cause: error });
}

/** The same in the driver's own words, for who starts or restores the service: a wrong password is theirs to mend. */
export function operatorsError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const { code, message } = error as { code?: string; message?: string };
  // Where a name has several addresses and none answers, Node says so without words.
  return new DomainError(codeOf(code ?? '', message ?? ''), message || code, { cause: error });
}

/** Whether PostgreSQL said it, rather than the work that was done between its statements. */
const isOfServer = (error: unknown): boolean => typeof (error as { severity?: unknown }).severity === 'string';

function codeOf(code: string, message: string): ErrorCode {
  if (code === DISK_FULL) return 'storage_full';
  const unavailable = UNAVAILABLE.test(code) || UNAVAILABLE_MESSAGE.test(message);
  return unavailable ? 'database_unavailable' : 'internal';
}
