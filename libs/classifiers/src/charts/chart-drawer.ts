import { ThreadClient, workerUrl } from '#libs/threads';
import type { ChartName } from './chart-names.js';
import type { ChartService } from './chart-service.js';
import type { DrawnVersion } from './draw-chart.js';

/** Draws in a thread of its own, one chart after the other: a large matrix would hold up every other request. */
export class ChartDrawer {
  private thread?: ThreadClient<ChartService>;

  /** SVG; null where the version holds nothing to draw in that chart. The thread starts with the first call. */
  draw(version: DrawnVersion, chart: ChartName): Promise<string | null> {
    this.thread ??= new ThreadClient<ChartService>(workerUrl(import.meta.url, './chart.worker.js'), {
      name: 'chart',
      crashCode: 'internal',
      background: true,
      onCrash: () => delete this.thread,
    });
    return this.thread.call('draw', [version, chart]);
  }

  async close(): Promise<void> {
    await this.thread?.terminate();
    delete this.thread;
  }
}
