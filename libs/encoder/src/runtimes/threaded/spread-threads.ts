/**
 * How the cores given to encoding are used: one session a core, each on one thread. Sessions that share nothing keep
 * all cores busy where one run spread over several threads waits at every layer (docs/decisions/0003-encoder-threads.md).
 */
export function spreadThreads(threads: number): { workers: number; intraOpThreads: number } {
  return { workers: threads, intraOpThreads: 1 };
}
