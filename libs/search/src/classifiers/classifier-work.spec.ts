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

/** Of a process with these in hand, or nothing, while a training and two scorings wait for somebody to take them up. */
async function working(inHand: { training: boolean; rescoring: boolean }): Promise<Queue> {
  const jobs = new Queue();
  const trainings = { abandoned: () => Promise.resolve([7]) } as Trainings;
  const rescorings = { abandoned: () => Promise.resolve([7, 8]) } as Rescorings;
  const runners = {
    training: { idle: !inHand.training },
    rescoring: { idle: !inHand.rescoring },
    arrivals: { sweepOnce: () => Promise.resolve() },
  } as unknown as ClassifierRunners;
  await new ClassifierWork(jobs, trainings, rescorings, runners, loadSettings({})).start();
  return jobs;
}

const OF_TRAINING: [string, object][] = [[TRAINING_QUEUE, { trainingId: 7 }]];
const OF_RESCORINGS: [string, object][] = [
  [RESCORING_QUEUE, { rescoringId: 7 }],
  [RESCORING_QUEUE, { rescoringId: 8 }],
];
const LOOKS = Array.from({ length: 11 });

test('rows that wait behind what is in hand get no further jobs', async () => {
  const { send } = await working({ training: true, rescoring: true });
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  expect(send).not.toHaveBeenCalled();
});

test('rows that wait although nothing is in hand get a job at each look', async () => {
  const { send } = await working({ training: false, rescoring: false });
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  expect(send.mock.calls).toEqual(LOOKS.flatMap(() => [...OF_TRAINING, ...OF_RESCORINGS]));
});

test.each([
  ['training', OF_RESCORINGS],
  ['rescoring', OF_TRAINING],
])('a %s in hand keeps no others from their jobs', async (inHand, expected) => {
  const { send } = await working({ training: inHand === 'training', rescoring: inHand === 'rescoring' });
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  expect(send.mock.calls).toEqual(LOOKS.flatMap(() => expected));
});
