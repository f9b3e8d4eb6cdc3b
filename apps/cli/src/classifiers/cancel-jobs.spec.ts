import { describe, expect, it } from 'vitest';
import { DomainError, type ErrorCode } from '#libs/errors';
import type { HttpClient } from '../service/http-client.js';
import { cancelJobs } from './cancel-jobs.js';

/** Answers by path; a code is refused with. */
function clientOf(answers: Readonly<Record<string, unknown>>, asked: string[] = []): HttpClient {
  const json = ({ path }: { path: string }): Promise<unknown> => {
    asked.push(path);
    const answer = answers[path.replace('v1/classifiers/kinds/', '')];
    return typeof answer === 'string'
      ? Promise.reject(new DomainError(answer as ErrorCode, 'No.'))
      : Promise.resolve(answer);
  };
  return { json } as unknown as HttpClient;
}

const training = (id: string, status: string) => ({ id, status });
const trainings = { trainings: [training('4', 'running'), training('3', 'queued'), training('2', 'done')] };
const cancelled = training('3', 'cancelled');

describe('cancelJobs', () => {
  it('passes over a training that has ended meanwhile, and goes on to the others and to the scoring', async () => {
    const answers = {
      trainings,
      'trainings/4/cancel': 'training_state_conflict',
      'trainings/3/cancel': cancelled,
      rescoring: { status: 'running' },
      'rescoring/cancel': { status: 'cancelled' },
    };
    const asked: string[] = [];
    expect(await cancelJobs(clientOf(answers, asked), 'kinds')).toEqual({
      trainings: [cancelled],
      rescorings: [{ status: 'cancelled' }],
    });
    expect(asked.filter((path) => path.includes('/2/'))).toEqual([]);
  });

  it('has nothing to end where nothing was ever scored', async () => {
    const answers = { trainings: { trainings: [] }, rescoring: 'rescoring_not_found' };
    expect(await cancelJobs(clientOf(answers), 'kinds')).toEqual({ trainings: [], rescorings: [] });
  });

  it('tells of every other refusal', async () => {
    const answers = { trainings, 'trainings/4/cancel': 'unauthorized' };
    await expect(cancelJobs(clientOf(answers), 'kinds')).rejects.toMatchObject({ message: 'No.' });
  });
});
