import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Db } from 'pg-boss';
import { operatorsError } from './postgres-database.js';

const RETRY_MS = 500;

/**
 * What pg-boss asks on its own account. It writes how a job ended without waiting for that: a statement that failed would
 * be a rejection nobody handles, and end the process. So none fails here: each is asked again while the database is away
 * or has no space left, and of other trouble only `onError` is told.
 */
export class PatientStatements implements Db {
  private readonly closing = new AbortController();
  private trouble: string | null = null;

  constructor(
    private readonly pool: pg.Pool,
    /** Told of trouble once, however often it is met. */
    private readonly onError: (error: Error) => void,
  ) {}

  async executeSql(text: string, values: unknown[]): Promise<{ rows: unknown[] }> {
    const { signal } = this.closing;
    for (;;) {
      try {
        const result = await this.pool.query<object>(text, values);
        this.trouble = null;
        return result;
      } catch (error) {
        if (signal.aborted || !this.canWait(error)) return NO_ANSWER;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** From now on nothing is asked again. A job whose end is not written counts as running until its time is up. */
  close(): void {
    this.closing.abort();
  }

  private canWait(error: unknown): boolean {
    const problem = operatorsError(error);
    if (problem.message !== this.trouble) this.onError(problem);
    this.trouble = problem.message;
    return problem.code === 'database_unavailable' || problem.code === 'storage_full';
  }
}

/** As pg-boss's own pool answers once it is closed, whatever its types say: it can do without an answer, not without rows. */
const NO_ANSWER = undefined as unknown as { rows: unknown[] };
