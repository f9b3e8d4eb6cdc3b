import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ThreadedHeadTrainer, type TrainedHead, type TrainingRequestInput, type TrainingSet } from '#libs/classifiers';

export interface TimedTraining extends TrainedHead {
  /** From the call to the answer: the start of the thread, and handing over features and head. */
  readonly wall: number;
  /** Of the whole process. */
  readonly cpu: number;
  /** Milliseconds that the event loop of the caller came late. */
  readonly loop: { readonly p99: number; readonly max: number };
}

/** One training in a thread, as the service does it. */
export async function timeTraining(set: TrainingSet, request: TrainingRequestInput): Promise<TimedTraining> {
  const trainer = new ThreadedHeadTrainer();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const usage = process.cpuUsage();
  const started = performance.now();
  try {
    const trained = await trainer.train(set, request);
    const wall = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(usage);
    delay.disable();
    const loop = { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
    return { ...trained, wall, cpu: (user + system) / 1e6, loop };
  } finally {
    await trainer.close();
  }
}
