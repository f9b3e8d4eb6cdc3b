import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { BenchService, Spent } from '../lib/bench-service.js';
import type { Child } from '../lib/child.js';
import type { LoadGenerator, LoadResult } from '../lib/load-generator.js';
import { writeCopies } from './photo-copies.js';
import { storedIds, timeImport } from './time-import.js';

export interface ImportTurn {
  readonly imagesPerSecond: number;
  readonly spent: Spent;
  /** 99th percentile, milliseconds, of the delays that this process saw meanwhile, which only waits: the machine's own. */
  readonly idleDelayP99: number;
}

export interface Photos {
  readonly files: readonly string[];
  /** Photos of one import. */
  readonly count: number;
  readonly imports: number;
  /** Where they are copied to. */
  readonly work: string;
}

/**
 * Imports of photos as ever new content, with what they cost the service's process. Their copies stay until the end: ext4
 * passes over inodes deleted a moment ago, one by one, and the next import's files would pay for that.
 */
export class ImportTurns {
  private turn = 0;

  constructor(
    private readonly service: Pick<Child<BenchService>, 'call'>,
    private readonly load: Pick<Child<LoadGenerator>, 'call'>,
    private readonly port: number,
    private readonly photos: Photos,
  ) {}

  async importing(mark: string): Promise<ImportTurn> {
    return this.timed(await this.copies(mark));
  }

  /** The same while `clients` ask without pause for what resembles the images stored last. */
  async importingAndSearching(mark: string, clients: number): Promise<ImportTurn & { search: LoadResult }> {
    const ids = await storedIds(this.port);
    const requests = ids.map((id) => ({ method: 'GET', path: `/v1/images/${id}/similar?k=10` }) as const);
    await this.load.call('prepare', 'similar', requests);
    const copies = await this.copies(mark);
    // No sooner: what is answered while copies are written had no import beside it.
    await this.load.call('begin', 'similar', clients);
    const turn = await this.timed(copies);
    return { ...turn, search: await this.load.call('finish') };
  }

  private copies(mark: string): Promise<string> {
    const { count, work } = this.photos;
    return writeCopies(this.nextPhotos(), count, path.join(work, mark), mark);
  }

  private async timed(copies: string): Promise<ImportTurn> {
    const idle = monitorEventLoopDelay({ resolution: 10 });
    await this.service.call('reset');
    idle.enable();
    const imagesPerSecond = await timeImport(this.port, copies);
    const spent = await this.service.call('spent');
    idle.disable();
    return { imagesPerSecond, spent, idleDelayP99: idle.percentile(99) / 1e6 };
  }

  /** Photos that no import before had, if there are enough; from all over the list, since that is in order of sub-folders. */
  private nextPhotos(): readonly string[] {
    const { files, count, imports } = this.photos;
    const turn = this.turn++;
    if (files.length < count * imports) return files;
    return files.filter((_, at) => at % imports === turn).slice(0, count);
  }
}
