import type { MessagePort } from 'node:worker_threads';
import type { TrainedHead } from './head-trainer.js';
import { trainHead } from './train-head.js';
import type { TrainingRequestInput } from './training-request.js';
import type { TrainingSet } from './training-set.js';

/** What runs in the training thread. */
export class TrainingService {
  train(set: TrainingSet, request: TrainingRequestInput, progress: MessagePort): TrainedHead {
    try {
      return trainHead(set, request, (message) => progress.postMessage(message));
    } finally {
      progress.close();
    }
  }
}
