/** Adds up milliseconds by stage. */
export class Stopwatch {
  private readonly start = performance.now();
  private readonly stages: Record<string, number> = {};

  async measure<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.stages[stage] = (this.stages[stage] ?? 0) + performance.now() - begun;
    }
  }

  /** Rounded to microseconds, with `total` since the stopwatch was made. */
  timings(): Record<string, number> {
    const all = { ...this.stages, total: performance.now() - this.start };
    return Object.fromEntries(Object.entries(all).map(([stage, ms]) => [stage, Math.round(ms * 1000) / 1000]));
  }
}
