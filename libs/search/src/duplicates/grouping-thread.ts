import { Injectable } from '@nestjs/common';
import { DomainError } from '#libs/errors';
import { ThreadClient, workerUrl } from '#libs/threads';
import type { GroupColumns, PairColumns, QualityColumns } from './group-by-best.js';

interface GroupingService {
  group(pairs: PairColumns, images: QualityColumns): GroupColumns;
}

/** Groups pairs off the event loop: a million of them take seconds. */
@Injectable()
export class GroupingThread {
  private thread?: ThreadClient<GroupingService>;
  private closed = false;

  /** See `groupByBest`. The columns are handed over, and are of no use here afterwards. */
  async group(pairs: PairColumns, images: QualityColumns): Promise<GroupColumns> {
    if (this.closed) throw new DomainError('shutting_down', 'The service is stopping.');
    this.thread ??= new ThreadClient<GroupingService>(workerUrl(import.meta.url, './grouping.worker.js'), {
      name: 'grouping',
      crashCode: 'internal',
      background: true,
      onCrash: () => (this.thread = undefined),
    });
    const columns = [...Object.values(pairs), ...Object.values(images)] as Float64Array[];
    return this.thread.call(
      'group',
      [pairs, images],
      columns.map((column) => column.buffer as ArrayBuffer),
    );
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.thread?.terminate();
  }
}
