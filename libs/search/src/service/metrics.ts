import type { SearchPlan } from '#libs/vector-index';

export type Stage = 'decode' | 'encode' | 'original' | 'store' | 'search' | 'join';

/** Port: where measurements go. */
export abstract class Metrics {
  abstract observeStage(stage: Stage, seconds: number): void;
  abstract countIngest(outcome: 'added' | 'existing' | 'replaced' | 'failed'): void;
  abstract countSearch(plan: SearchPlan): void;
}

/** Measures how long `work` takes, whether it succeeds or not. */
export async function timed<T>(metrics: Metrics, stage: Stage, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    metrics.observeStage(stage, (performance.now() - start) / 1000);
  }
}
