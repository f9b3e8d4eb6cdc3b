import { Injectable } from '@nestjs/common';
import PgBoss from 'pg-boss';
import { JobQueue } from '../catalogue.js';
import { databaseError, operatorsError } from './postgres-database.js';

/** Seconds between looks for new jobs; the shortest pg-boss allows. */
const POLL_SECONDS = 0.5;
/** A job does a short piece of work and sends the next; one that takes this long was cut off and runs again. */
const EXPIRE_SECONDS = 15 * 60;
const JOB_OPTIONS = { expireInSeconds: EXPIRE_SECONDS, retryLimit: 5, retryDelay: 1, retryBackoff: true };

@Injectable()
export class PgBossJobQueue extends JobQueue {
  private boss?: PgBoss;
  private readonly known = new Set<string>();
  /** Numbers of this process's workers by queue. */
  private readonly workers = new Map<string, string>();

  async open(url: string, onError: (error: Error) => void): Promise<void> {
    const boss = new PgBoss({ connectionString: url, max: 2, application_name: 'likeness jobs' });
    boss.on('error', onError);
    try {
      await boss.start();
    } catch (error) {
      await boss.stop({ graceful: false, wait: false }).catch(() => undefined);
      throw operatorsError(error);
    }
    this.boss = boss;
  }

  async close(): Promise<void> {
    await this.boss?.stop({ graceful: true, wait: true, timeout: 10_000 });
    this.boss = undefined;
    this.known.clear();
    this.workers.clear();
  }

  override async send(queue: string, data: object): Promise<void> {
    try {
      const boss = await this.withQueue(queue);
      await boss.send(queue, data, JOB_OPTIONS);
      // A worker of this process need not wait for its next look.
      const worker = this.workers.get(queue);
      if (worker !== undefined) boss.notifyWorker(worker);
    } catch (error) {
      throw databaseError(error);
    }
  }

  override async schedule(queue: string, cron: string): Promise<void> {
    const boss = await this.withQueue(queue);
    await boss.schedule(queue, cron);
  }

  override async work(queue: string, handler: (data: object) => Promise<void>): Promise<void> {
    const boss = await this.withQueue(queue);
    const worker = await boss.work<object>(
      queue,
      { pollingIntervalSeconds: POLL_SECONDS, batchSize: 1 },
      async (jobs) => {
        for (const job of jobs) await handler(job.data);
      },
    );
    this.workers.set(queue, worker);
  }

  private async withQueue(queue: string): Promise<PgBoss> {
    if (!this.boss) throw new Error('the job queue is not open');
    if (!this.known.has(queue)) await this.boss.createQueue(queue);
    this.known.add(queue);
    return this.boss;
  }
}
