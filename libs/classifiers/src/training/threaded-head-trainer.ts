import { MessageChannel } from 'node:worker_threads';
import { DomainError } from '#libs/errors';
import { ThreadClient, workerUrl } from '#libs/threads';
import type { TrainingProgress } from '../report/training-report.js';
import { HeadTrainer, type TrainedHead, type TrainingOptions } from './head-trainer.js';
import type { TrainingRequestInput } from './training-request.js';
import type { TrainingService } from './training-service.js';
import type { TrainingSet } from './training-set.js';

/** Each training has a thread of its own: aborting ends the thread, and all its memory goes with it. */
export class ThreadedHeadTrainer extends HeadTrainer {
  private readonly running = new Set<ThreadClient<TrainingService>>();
  private closed = false;

  async train(set: TrainingSet, request: TrainingRequestInput, options: TrainingOptions = {}): Promise<TrainedHead> {
    const { signal, onProgress } = options;
    if (this.closed) throw new DomainError('shutting_down', 'The trainer was closed.');
    if (signal?.aborted) throw aborted();
    const client = new ThreadClient<TrainingService>(workerUrl(import.meta.url, './training.worker.js'), {
      name: 'head training',
      crashCode: 'training_failed',
      background: true,
    });
    this.running.add(client);
    const { port1, port2 } = new MessageChannel();
    port1.on('message', (progress: TrainingProgress) => onProgress?.(progress));
    let stop = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(aborted());
      signal?.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([client.call('train', [set, request, port2], [port2]), stopped]);
    } finally {
      signal?.removeEventListener('abort', stop);
      port1.close();
      this.running.delete(client);
      await client.terminate();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.running].map((client) => client.terminate()));
  }
}

const aborted = () => new DomainError('training_aborted', 'The training was stopped before its end.');
