import { Injectable } from '@nestjs/common';
import { ChangeLog } from '#libs/catalogue';
import { ReindexRunner } from '../reindex/reindex-runner.js';
import { Backfill } from '../spaces/backfill.js';
import { GarbageCollector } from '../library/garbage-collector.js';
import { ImportRunner } from '../imports/import-runner.js';

const UPKEEP_MS = 60_000;

/** Everything the service does without being asked by a request. */
@Injectable()
export class BackgroundWork {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly imports: ImportRunner,
    private readonly backfill: Backfill,
    private readonly reindex: ReindexRunner,
    private readonly garbage: GarbageCollector,
    private readonly changeLog: ChangeLog,
  ) {}

  async start(): Promise<void> {
    await this.imports.start();
    this.backfill.start();
    this.reindex.start();
    this.garbage.collectSoon();
    void this.garbage.sweepUnfinished();
    this.timer = setInterval(() => void this.upkeep(), UPKEEP_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.imports.stop();
    await this.reindex.stop();
    await this.backfill.stop();
    await this.garbage.settled();
  }

  /** Lets go of changes that every index has on disk, and of what nobody reads any more. Runs again in a minute whatever happens. */
  private async upkeep(): Promise<void> {
    await this.changeLog.trim().catch(() => undefined);
    this.garbage.collectSoon();
    this.imports.tidySoon();
  }
}
