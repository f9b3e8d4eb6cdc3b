import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobQueue, Rescorings, type RescoringRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { ManageClassifiers } from './manage-classifiers.js';

/** Queue on which rescorings are sent. */
export const RESCORING_QUEUE = 'rescoring';
const WATCH_MS = 250;

/** Use cases on rescorings; the work is done by `RescoringRunner` in jobs. */
@Injectable()
export class StartRescoring {
  constructor(
    private readonly rescorings: Rescorings,
    private readonly jobs: JobQueue,
    private readonly classifiers: ManageClassifiers,
  ) {}

  /** Another one of the classifier that is under way is cancelled. */
  async start(classifierId: number, versionId: number): Promise<RescoringRecord> {
    const record = await this.rescorings.create(classifierId, versionId);
    await this.jobs.send(RESCORING_QUEUE, { rescoringId: record.id });
    return record;
  }

  /** The latest of the classifier. @throws DomainError `rescoring_not_found` */
  async latest(key: string): Promise<RescoringRecord> {
    const { id, name } = await this.classifiers.get(key);
    const record = await this.rescorings.latest(id);
    if (!record) throw new DomainError('rescoring_not_found', `The catalogue was never scored for ${name}.`);
    return record;
  }

  /** Ends it; filters go on with the version they use. */
  async cancel(key: string): Promise<RescoringRecord> {
    const { id } = await this.latest(key);
    await this.rescorings.cancel(id);
    return this.latest(key);
  }

  /** Whenever it has changed; ends after its final state. */
  async *watch(key: string, signal?: AbortSignal): AsyncGenerator<RescoringRecord> {
    for (let before = ''; signal?.aborted !== true;) {
      const record = await this.latest(key);
      const now = JSON.stringify(record);
      if (now !== before) yield record;
      before = now;
      if (record.status !== 'queued' && record.status !== 'running') return;
      await sleep(WATCH_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
