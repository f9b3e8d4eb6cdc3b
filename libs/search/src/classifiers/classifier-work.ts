import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobQueue, Rescorings, Trainings } from '#libs/catalogue';
import { Settings } from '#libs/config';
import { ClassifierRunners } from './classifier-runners.js';
import { RESCORING_QUEUE } from './start-rescoring.js';
import { TRAINING_QUEUE } from './train-classifier.js';

/** How often work of processes that died is looked for. */
const UPKEEP_MS = 30_000;
/** How often it is looked whether searches use another space. */
const LOOK_MS = 1_000;
const RETRY_MS = 5_000;

/** Takes the jobs of classifiers in this process, and takes up what others have left behind. */
@Injectable()
export class ClassifierWork {
  private readonly logger = new Logger('classifiers');
  private readonly stopping = new AbortController();
  private timers: readonly NodeJS.Timeout[] = [];
  private sweeping?: Promise<void>;

  constructor(
    private readonly jobs: JobQueue,
    private readonly trainings: Trainings,
    private readonly rescorings: Rescorings,
    private readonly runners: ClassifierRunners,
    private readonly settings: Settings,
  ) {}

  async start(): Promise<void> {
    if (!this.settings.imports.runJobs) return;
    const { training, rescoring } = this.runners;
    await this.jobs.work(TRAINING_QUEUE, (data) => training.run((data as { trainingId: number }).trainingId));
    await this.jobs.work(RESCORING_QUEUE, (data) => rescoring.run((data as { rescoringId: number }).rescoringId));
    await this.takeUp();
    this.sweep();
    this.timers = [
      setInterval(() => void this.takeUp().catch(() => undefined), UPKEEP_MS).unref(),
      setInterval(() => this.sweep(), LOOK_MS).unref(),
    ];
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.stopping.abort();
    await this.sweeping;
    await this.runners.training.stop();
    await this.runners.rescoring.stop();
    await this.runners.threads.close();
  }

  /** What a person should know of heads although they work for filters. */
  notes(): Promise<string[]> {
    return this.runners.arrivals.notes();
  }

  /** Heads of the encoder in use score what came while they could not, until nothing is left. */
  private sweep(): void {
    const { signal } = this.stopping;
    this.sweeping ??= this.runners.arrivals
      .sweepOnce(signal)
      .catch(async (error: unknown) => {
        this.logger.warn(`scoring again in ${RETRY_MS / 1000} s: ${String(error)}`);
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      })
      .finally(() => (this.sweeping = undefined));
  }

  /**
   * Jobs of the same row do no harm: one claims it, the others find it taken. But they stand in line: a row that waits its
   * turn behind what is in hand here gets no second job. With nothing in hand a job would have been taken at once, so that
   * of a row that waits all the same it is lost, or put off.
   */
  private async takeUp(): Promise<void> {
    const { training, rescoring } = this.runners;
    if (training.idle)
      for (const trainingId of await this.trainings.abandoned()) await this.jobs.send(TRAINING_QUEUE, { trainingId });
    if (rescoring.idle)
      for (const rescoringId of await this.rescorings.abandoned())
        await this.jobs.send(RESCORING_QUEUE, { rescoringId });
  }
}
