import { Injectable } from '@nestjs/common';
import { HeadVersions, JobQueue, Trainings, type ClassifierRecord, type TrainingRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { ActiveEncoder } from '../service/active-encoder.js';
import { watchState } from '../service/watch-state.js';
import { isTroubleOfService } from '../service/whose-fault.js';
import { ManageClassifiers } from './manage-classifiers.js';
import { trainingOrderSchema, type TrainingOrderInput } from './training-request.js';
import type { VersionDocument } from './version-document.js';

/** Queue on which trainings are sent. */
export const TRAINING_QUEUE = 'training';
const WATCH_MS = 200;

/** What became of the classifiers that had to be trained again. */
export interface Retrained {
  readonly started: readonly { readonly classifier: ClassifierRecord; readonly training: TrainingRecord }[];
  /** Those that cannot be trained, say because they were imported and nothing is labelled. */
  readonly failed: readonly { readonly classifier: ClassifierRecord; readonly error: DomainError }[];
}

/** Use cases on trainings; the work is done by `TrainingRunner` in jobs. */
@Injectable()
export class TrainClassifier {
  constructor(
    private readonly classifiers: ManageClassifiers,
    private readonly trainings: Trainings,
    private readonly versions: HeadVersions,
    private readonly jobs: JobQueue,
    private readonly active: ActiveEncoder,
  ) {}

  /**
   * Returns as soon as it is recorded.
   *
   * @throws DomainError `classifier_not_found`; `training_data_invalid` where it is plain already that it cannot work
   */
  async start(key: string, order: TrainingOrderInput = {}): Promise<TrainingRecord> {
    const classifier = await this.classifiers.get(key);
    mustBeTrainable(classifier);
    const { id } = await this.trainings.create(classifier.id, trainingOrderSchema.parse(order));
    await this.jobs.send(TRAINING_QUEUE, { trainingId: id });
    return this.get(key, id);
  }

  /** @throws DomainError `training_not_found`; `classifier_not_found` */
  async get(key: string, id: number): Promise<TrainingRecord> {
    const classifier = await this.classifiers.get(key);
    const record = await this.trainings.find(classifier.id, id);
    if (!record) {
      // Trainings go with their classifier, which may have been deleted between the two questions.
      await this.classifiers.get(key);
      throw new DomainError('training_not_found', `${classifier.name} has no training ${id}.`);
    }
    return record;
  }

  /** Newest first. */
  async list(key: string, limit: number): Promise<TrainingRecord[]> {
    const { id } = await this.classifiers.get(key);
    return this.trainings.list(id, limit);
  }

  /** @throws DomainError `training_state_conflict` when it has ended */
  async cancel(key: string, id: number): Promise<TrainingRecord> {
    await this.get(key, id);
    if (!(await this.trainings.cancel(id))) {
      throw new DomainError('training_state_conflict', `Training ${id} has ended already.`);
    }
    return this.get(key, id);
  }

  /** Whenever it has changed, a few times a second at most; ends after its final state. */
  watch(key: string, id: number, signal?: AbortSignal): AsyncGenerator<TrainingRecord> {
    return watchState({
      look: () => this.get(key, id),
      goesOn: ({ status }) => status === 'queued' || status === 'running',
      everyMs: WATCH_MS,
      signal,
    });
  }

  /**
   * Trains every classifier again whose version in use was made with another encoder than the one in use now, as that
   * version was ordered. One that cannot be trained is told of and is not in the way of the others.
   *
   * @throws DomainError only for trouble of the service
   */
  async retrainStale(): Promise<Retrained> {
    const started: Retrained['started'][number][] = [];
    const failed: Retrained['failed'][number][] = [];
    for (const classifier of await this.classifiers.list()) {
      const { versionInUse } = classifier;
      const version = versionInUse === null ? null : await this.versions.find(classifier.id, versionInUse);
      if (!version || version.encoderFingerprint === this.active.info.fingerprint) continue;
      const document = version.document as VersionDocument;
      // Taps of another encoder may not be there any more: let cross-validation choose.
      const order = document.origin === 'trained' ? { ...document.order, taps: 'auto' as const, use: true } : {};
      try {
        started.push({ classifier, training: await this.start(String(classifier.id), order) });
      } catch (error) {
        const problem = DomainError.from(error);
        if (isTroubleOfService(problem)) throw problem;
        failed.push({ classifier, error: problem });
      }
    }
    return { started, failed };
  }
}

/** What needs no training to be seen. The trainer itself checks the rest. */
function mustBeTrainable({ name, kind, categories }: ClassifierRecord): void {
  const least = kind === 'single' ? 2 : 1;
  if (categories.length < least) {
    throw new DomainError(
      'training_data_invalid',
      `${name} has ${categories.length === 0 ? 'no category' : 'only one category'}; ` +
        (kind === 'single' ? 'telling apart needs at least two.' : 'add one first.'),
    );
  }
  const empty = categories.filter(({ positives }) => positives === 0);
  if (empty.length > 0) {
    const names = empty.map((category) => `"${category.name}"`).join(', ');
    throw new DomainError('training_data_invalid', `No image is labelled ${names} yet; label at least one in each.`);
  }
  const [lonely] = kind === 'multi' ? categories.filter(({ negatives }) => negatives === 0) : [];
  if (lonely && categories.length === 1) {
    throw new DomainError(
      'training_data_invalid',
      `No image is labelled as not being "${lonely.name}"; label some negatives.`,
    );
  }
}
