import { Injectable } from '@nestjs/common';
import pg from 'pg';
import PgBoss from 'pg-boss';
import { JobQueue } from '../catalogue.js';
import { PatientStatements } from './patient-statements.js';
import { databaseError, operatorsError } from './postgres-database.js';

/** Seconds between looks for new jobs; the shortest pg-boss allows. */
const POLL_SECONDS = 0.5;
/** A job does a short piece of work and sends the next; one that takes this long was cut off and runs again. */
const EXPIRE_SECONDS = 15 * 60;
const JOB_OPTIONS = { expireInSeconds: EXPIRE_SECONDS, retryLimit: 5, retryDelay: 1, retryBackoff: true };
const ASKED_ONLY = { supervise: false, schedule: false };

@Injectable()
export class PgBossJobQueue extends JobQueue {
  private opened?: OpenQueue;
  private readonly known = new Set<string>();
  /** Numbers of this process's workers by queue. */
  private readonly workers = new Map<string, string>();

  async open(url: string, onError: (error: Error) => void): Promise<void> {
    const pool = new pg.Pool({ connectionString: url, max: 2, application_name: 'likeness jobs' });
    pool.on('error', onError);
    const patient = new PatientStatements(pool, onError);
    // One that throws what goes wrong, for callers of this process, and one for what pg-boss does by itself.
    const asked = new PgBoss({ db: { executeSql: (text, values) => pool.query(text, values) }, ...ASKED_ONLY });
    // With `migrate: false` it would refuse the tables of a newer pg-boss. Nothing is left to migrate.
    const boss = new PgBoss({ db: patient });
    for (const one of [asked, boss]) one.on('error', onError);
    this.opened = { pool, patient, asked, boss };
    try {
      await asked.start();
      await boss.start();
    } catch (error) {
      await this.close();
      throw operatorsError(error);
    }
  }

  async close(): Promise<void> {
    if (!this.opened) return;
    const { pool, patient, asked, boss } = this.opened;
    // Else a stop would wait for a database that is away.
    patient.close();
    await boss.stop({ graceful: true, wait: true, timeout: 10_000 });
    await asked.stop({ graceful: false });
    this.opened = undefined;
    this.known.clear();
    this.workers.clear();
    await pool.end();
  }

  override async send(queue: string, data: object): Promise<void> {
    try {
      const { asked, boss } = await this.withQueue(queue);
      await asked.send(queue, data, JOB_OPTIONS);
      // A worker of this process need not wait for its next look.
      const worker = this.workers.get(queue);
      if (worker !== undefined) boss.notifyWorker(worker);
    } catch (error) {
      throw databaseError(error);
    }
  }

  override async schedule(queue: string, cron: string): Promise<void> {
    const { asked } = await this.withQueue(queue);
    await asked.schedule(queue, cron);
  }

  override async work(queue: string, handler: (data: object) => Promise<void>): Promise<void> {
    const { boss } = await this.withQueue(queue);
    const worker = await boss.work<object>(
      queue,
      { pollingIntervalSeconds: POLL_SECONDS, batchSize: 1 },
      async (jobs) => {
        for (const job of jobs) await handler(job.data);
      },
    );
    this.workers.set(queue, worker);
  }

  private async withQueue(queue: string): Promise<OpenQueue> {
    if (!this.opened) throw new Error('the job queue is not open');
    if (!this.known.has(queue)) await this.opened.asked.createQueue(queue);
    this.known.add(queue);
    return this.opened;
  }
}

interface OpenQueue {
  readonly pool: pg.Pool;
  readonly patient: PatientStatements;
  /** Does what it is told, and nothing by itself. */
  readonly asked: PgBoss;
  /** Takes jobs, and keeps the tables in order. */
  readonly boss: PgBoss;
}
