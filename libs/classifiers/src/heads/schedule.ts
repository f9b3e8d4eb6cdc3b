import type { TrainingRequest } from '../training/training-request.js';

export type Schedule = TrainingRequest['optimiser']['schedule'];

/**
 * Learning rate as a share of the first one.
 *
 * @param epoch from 0
 */
export function learningRateShare(schedule: Schedule, epoch: number, epochs: number): number {
  const done = epoch / epochs;
  switch (schedule) {
    case 'constant':
      return 1;
    case 'step':
      return done >= 0.85 ? 0.01 : done >= 0.6 ? 0.1 : 1;
    case 'exponential':
      return Math.pow(0.01, done);
    case 'inverse':
      return 1 / (1 + epoch);
    case 'square-root':
      return 1 / Math.sqrt(1 + epoch);
  }
}
