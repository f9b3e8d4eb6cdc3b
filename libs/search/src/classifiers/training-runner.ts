import { Injectable, Logger } from '@nestjs/common';
import { HeadVersions, Trainings, type ClassifierRecord, type TrainingRecord } from '#libs/catalogue';
import { HeadTrainer, type TrainedHead } from '#libs/classifiers';
import { DomainError, passesByItself } from '#libs/errors';
import { InHand } from './in-hand.js';
import { claimOrRelease, persist } from './persist.js';
import { ProgressGatherer } from './training-progress.js';
import { headRequest, trainingOrderSchema, type TrainingOrder } from './training-request.js';
import { TrainingParts } from './training-parts.js';
import type { TrainingData } from './training-data.js';
import type { VersionDocument } from './version-document.js';

/** A training during which the process has died so often is not tried again. */
const MOST_ATTEMPTS = 3;

/** Trains: takes a training's row up, makes the version, and starts its rescoring. */
@Injectable()
export class TrainingRunner {
  private readonly logger = new Logger('training');
  private readonly inHand = new InHand();

  constructor(
    private readonly trainings: Trainings,
    private readonly versions: HeadVersions,
    private readonly trainer: HeadTrainer,
    private readonly parts: TrainingParts,
  ) {}

  /** Runs the training unless it is in other hands or has ended. */
  run(id: number): Promise<void> {
    return this.inHand.run(id, (one) => this.take(one));
  }

  /** Whether nothing is in hand. */
  get idle(): boolean {
    return this.inHand.idle;
  }

  /** Gives back what is in hand; it is taken up again at the next start. */
  async stop(): Promise<void> {
    await this.inHand.stop();
    await this.trainer.close();
  }

  private async take(id: number): Promise<void> {
    const record = await claimOrRelease(this.trainings, id, this.inHand.signal);
    if (!record) return;
    try {
      const made = await this.alreadyMade(record);
      if (made !== null) return await this.finish(record, trainingOrderSchema.parse(record.request), made);
      if (record.attempts > MOST_ATTEMPTS) {
        throw new DomainError('training_failed', `The process ended ${MOST_ATTEMPTS} times during this training.`);
      }
      await this.train(record);
    } catch (error) {
      const { signal } = this.inHand;
      if (signal.aborted) return await this.trainings.release(id);
      const problem = DomainError.from(error, 'training_failed');
      this.logger.warn(`training ${id}: ${problem.message}`);
      if (passesByItself(problem)) {
        await persist(() => this.trainings.release(id), signal);
        throw problem; // The queue sends the job again.
      }
      // Of a cancelled one nobody is told: its row has ended already.
      await persist(() => this.trainings.finish(id, { error: problem.serialise() }), signal);
    }
  }

  private async train(record: TrainingRecord): Promise<void> {
    const order = trainingOrderSchema.parse(record.request);
    const cancelled = new AbortController();
    const signal = AbortSignal.any([this.inHand.signal, cancelled.signal]);
    const progress = new ProgressGatherer(async (view) => {
      if (!(await this.trainings.report(record.id, view))) cancelled.abort();
    });
    try {
      const classifier = await this.parts.classifiers.get(String(record.classifierId));
      const data = await this.parts.data.gather(classifier, order, {
        signal,
        onProgress: (done, of) => progress.features(done, of),
      });
      signal.throwIfAborted();
      const trained = await this.trainer.train(data.set, headRequest(order), {
        signal,
        onProgress: (step) => progress.add(step),
      });
      await progress.end();
      if (signal.aborted) throw new DomainError('training_aborted', 'The training was stopped.');
      await this.keep(record, order, classifier, data, trained);
    } finally {
      await progress.end();
    }
  }

  private async keep(
    record: TrainingRecord,
    order: TrainingOrder,
    classifier: ClassifierRecord,
    { encoder, snapshot }: TrainingData,
    { document, report }: TrainedHead,
  ): Promise<void> {
    const kept: VersionDocument = {
      origin: 'trained',
      trainingId: record.id,
      order,
      encoder,
      data: snapshot,
      report,
    };
    const version = await this.versions.add({
      classifierId: classifier.id,
      encoderFingerprint: document.encoderFingerprint,
      taps: document.taps.map((tap) => tap.name),
      categoryIds: document.categories.map((category) => Number(category.id)),
      document: kept,
      weights: Buffer.from(JSON.stringify(document)),
      trainingId: record.id,
    });
    await this.finish(record, order, version.id);
    this.logger.log(`${classifier.name}: version ${version.number} trained in ${Math.round(report.milliseconds)} ms`);
  }

  /** Whoever sees the training done finds its rescoring; and a process that dies between the two starts another one. */
  private async finish(record: TrainingRecord, order: TrainingOrder, versionId: number): Promise<void> {
    if (order.use) await this.parts.rescore.start(record.classifierId, versionId);
    await this.trainings.finish(record.id, { versionId });
  }

  /** Who died, or lost the database, after the version was made and before the training was done. */
  private async alreadyMade({ classifierId, version }: TrainingRecord): Promise<number | null> {
    if (version === null) return null;
    return (await this.versions.find(classifierId, version))?.id ?? null;
  }
}
