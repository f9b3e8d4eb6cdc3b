/**
 * The calls a thread is in the middle of. A thread must not be ended while hnswlib-node runs on it: the library cannot
 * throw into a thread that is being ended, and the whole process is aborted (seen with hnswlib-node 3.0.0). So a
 * thread is asked first to finish what it began.
 */
export class RunningCalls {
  private readonly running = new Set<Promise<unknown>>();
  private ending = false;

  /** Whether the thread is to end: long work should stop where it can. */
  get isEnding(): boolean {
    return this.ending;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    const promise = work();
    const forget = (): void => void this.running.delete(settled);
    const settled: Promise<void> = promise.then(forget, forget);
    this.running.add(settled);
    return promise;
  }

  async end(): Promise<void> {
    this.ending = true;
    await Promise.all(this.running);
  }
}
