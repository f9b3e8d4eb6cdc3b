import { Injectable } from '@nestjs/common';
import type { NearRule } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { ThreadClient, workerUrl } from '#libs/threads';
import type { GroupColumns, PairColumns, QualityColumns } from './group-by-best.js';
import { columnsOf, type Look, type LookColumns } from './near-joins.js';

interface GroupingService {
  group(pairs: PairColumns, images: QualityColumns): GroupColumns;
  join(
    looks: LookColumns,
    rule: NearRule,
    rejected: readonly (readonly [number, number])[],
  ): Promise<[number, number][]>;
}

/** Groups pairs off the event loop, a million of which take seconds, and compares images with each other, which takes longer. */
@Injectable()
export class GroupingThread {
  private thread?: ThreadClient<GroupingService>;
  private closed = false;

  /** See `groupByBest`. The columns are handed over, and are of no use here afterwards. */
  async group(pairs: PairColumns, images: QualityColumns): Promise<GroupColumns> {
    const columns = [...Object.values(pairs), ...Object.values(images)] as Float64Array[];
    return this.running().call(
      'group',
      [pairs, images],
      columns.map((column) => column.buffer as ArrayBuffer),
    );
  }

  /**
   * See `nearJoins`.
   *
   * @param rejected pairs of places that somebody said are no duplicates, either way round
   */
  async join(
    looks: readonly Look[],
    rule: NearRule,
    rejected: readonly (readonly [number, number])[],
  ): Promise<[number, number][]> {
    const columns = await columnsOf(looks);
    return this.running().call('join', [columns, rule, rejected], [columns.hashes.buffer, columns.vectors.buffer]);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.thread?.terminate();
  }

  private running(): ThreadClient<GroupingService> {
    if (this.closed) throw new DomainError('shutting_down', 'The service is stopping.');
    this.thread ??= new ThreadClient<GroupingService>(workerUrl(import.meta.url, './grouping.worker.js'), {
      name: 'grouping',
      crashCode: 'internal',
      background: true,
      onCrash: () => (this.thread = undefined),
    });
    return this.thread;
  }
}
