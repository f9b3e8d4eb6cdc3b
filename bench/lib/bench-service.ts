import 'reflect-metadata';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { startApi, type RunningApi } from '#apps/api';
import { loadSettings, type SettingsSource } from '#libs/config';

/** What a service's process spent since the last `reset`. */
export interface Spent {
  /** Milliseconds; as the histogram has it, so that an idle loop reads as its resolution of 10. */
  readonly loopDelay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Share of the time in which the main thread was busy, 0 … 1. */
  readonly mainThreadBusy: number;
  /** Milliseconds of CPU of all threads of the process; PostgreSQL's processes are not among them. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

const NANOSECONDS = 1e6;

/** The whole service as `likeness start` runs it, in a child process, with a view of its own event loop. */
export class BenchService {
  protected running?: RunningApi;
  private readonly delay = monitorEventLoopDelay({ resolution: 10 });
  private loop = performance.eventLoopUtilization();
  private cpu = process.cpuUsage();

  /** @returns port on 127.0.0.1 */
  async start(settings: SettingsSource): Promise<number> {
    this.running = await startApi(loadSettings({ ...settings, LIKENESS_PORT: '0' }));
    this.delay.enable();
    return Number(new URL(this.running.url).port);
  }

  async stop(): Promise<void> {
    await this.running?.app.close();
    this.running = undefined;
  }

  reset(): void {
    this.delay.reset();
    this.loop = performance.eventLoopUtilization();
    this.cpu = process.cpuUsage();
  }

  spent(): Spent {
    const { user, system } = process.cpuUsage(this.cpu);
    return {
      loopDelay: {
        p50: this.delay.percentile(50) / NANOSECONDS,
        p99: this.delay.percentile(99) / NANOSECONDS,
        max: this.delay.max / NANOSECONDS,
      },
      mainThreadBusy: performance.eventLoopUtilization(this.loop).utilization,
      cpuMs: (user + system) / 1000,
      rssBytes: process.memoryUsage().rss,
    };
  }
}
