import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { JobQueue, type Rescorings, type Trainings } from '#libs/catalogue';
import { loadSettings } from '#libs/config';
import type { ClassifierRunners } from './classifier-runners.js';
import { ClassifierWork } from './classifier-work.js';
import { RESCORING_QUEUE } from './start-rescoring.js';
import { TRAINING_QUEUE } from './train-classifier.js';

const MINUTE = 60_000;

class Queue extends JobQueue {
  readonly send = vi.fn<JobQueue['send']>(() => Promise.resolve());
  readonly schedule = vi.fn<JobQueue['schedule']>(() => Promise.resolve());
  readonly work = vi.fn<JobQueue['work']>(() => Promise.resolve());
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Of rows that wait for somebody to take them up. */
async function working(waiting: { trainings: number[]; rescorings: number[] }): Promise<Queue> {
  const jobs = new Queue();
  const trainings = { abandoned: () => Promise.resolve(waiting.trainings) } as Trainings;
  const rescorings = { abandoned: () => Promise.resolve(waiting.rescorings) } as Rescorings;
  const runners = { arrivals: { sweepOnce: () => Promise.resolve() } } as unknown as ClassifierRunners;
  await new ClassifierWork(jobs, trainings, rescorings, runners, loadSettings({})).start();
  return jobs;
}

test('of rows that wait their turn each gets one job, and another when that one may have been lost', async () => {
  const { send } = await working({ trainings: [7], rescorings: [7] });
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  const each = [
    [TRAINING_QUEUE, { trainingId: 7 }],
    [RESCORING_QUEUE, { rescoringId: 7 }],
  ];
  expect(send.mock.calls).toEqual(each);
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(send.mock.calls).toEqual([...each, ...each]);
});

test('a row that was taken up and is left again gets a job at once', async () => {
  const waiting = { trainings: [7, 8], rescorings: [] };
  const { send } = await working(waiting);
  waiting.trainings = [8];
  await vi.advanceTimersByTimeAsync(MINUTE);
  waiting.trainings = [7, 8];
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(send.mock.calls.map(([, data]) => data)).toEqual([{ trainingId: 7 }, { trainingId: 8 }, { trainingId: 7 }]);
});
