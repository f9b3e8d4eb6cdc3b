import { Injectable } from '@nestjs/common';
import { JobQueue, Rescorings, type RescoringRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { watchState } from '../service/watch-state.js';
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
  watch(key: string, signal?: AbortSignal): AsyncGenerator<RescoringRecord> {
    return watchState({
      look: () => this.latest(key),
      goesOn: ({ status }) => status === 'queued' || status === 'running',
      everyMs: WATCH_MS,
      signal,
    });
  }
}
