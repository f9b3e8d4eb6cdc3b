import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Settings } from '#libs/config';
import { compareWithExact, RecentQueries } from '#libs/vector-index';
import { RecallFigures, type RecallFigure } from './recall-figures.js';

/** Neighbours compared, whatever the search asked for. */
const K = 10;
/** Between two comparisons, so that those who search hardly notice. */
const BREATHER_MS = 50;

/** Use case: how good are the answers that people get? Compares a sample of them with exact scans, again and again. */
@Injectable()
export class RecallSampler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('recall');
  private readonly found = new RecallFigures();
  private timer?: NodeJS.Timeout;
  private running?: Promise<void>;
  private stopping = false;

  constructor(
    private readonly recent: RecentQueries,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    const { recallEvery = 0 } = this.settings.index;
    if (recallEvery === 0) return;
    this.timer = setInterval(() => {
      this.running ??= this.sample()
        .catch((error: unknown) => this.logger.warn(`no sample this time: ${String(error)}`))
        .finally(() => (this.running = undefined));
    }, recallEvery * 1000);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  figures(): RecallFigure[] {
    return this.found.all();
  }

  /** Compares what was asked since the last time. */
  async sample(): Promise<void> {
    for (const [shape, queries] of this.recent.take()) {
      for (const { query, index } of queries) {
        if (this.stopping) return;
        // A filter may speak of a field that is not declared any more, an index may be closed.
        const comparison = await compareWithExact(index, { ...query, k: K, minScore: undefined }).catch(() => null);
        if (comparison) this.found.add(shape, comparison.recall, new Date());
        await sleep(BREATHER_MS);
      }
    }
  }
}
