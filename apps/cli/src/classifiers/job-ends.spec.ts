import { describe, expect, it } from 'vitest';
import { scoredText, scoredWith, trainedVersion } from './job-ends.js';
import type { RescoringView, TrainingJobView } from './views.js';

const training = (some: Partial<TrainingJobView>): TrainingJobView => ({
  id: '5',
  status: 'done',
  progress: { stage: 'checking', done: 1, message: '' },
  version: 2,
  error: null,
  ...some,
});
const scoring = (some: Partial<RescoringView>): RescoringView => ({
  version: 2,
  status: 'done',
  scored: 40,
  total: 40,
  lacking: 0,
  error: null,
  ...some,
});

describe('trainedVersion', () => {
  it('is the version of a training that is done', () => {
    expect(trainedVersion('5', training({}))).toBe(2);
  });

  it.each([
    ['it failed', 'training_failed', { status: 'failed', error: { code: 'training_failed', detail: 'It broke.' } }],
    ['it was cancelled', 'training_aborted', { status: 'cancelled' }],
    ['the stream ended while it ran', 'service_unreachable', { status: 'running' }],
    ['its version is gone', 'version_not_found', {}],
  ] as const)('throws where %s', (_what, code, last) => {
    expect(() => trainedVersion('5', training({ ...last, version: null }))).toThrow(expect.objectContaining({ code }));
  });

  it('throws where the stream told nothing', () => {
    expect(() => trainedVersion('5', undefined)).toThrow(expect.objectContaining({ code: 'service_unreachable' }));
  });
});

describe('scoredWith', () => {
  it('is the state in which all is scored', () => {
    expect(scoredWith(2, scoring({}))).toMatchObject({ status: 'done', scored: 40 });
  });

  it.each([
    ['it was cancelled', { status: 'cancelled', scored: 7 }, 'rescoring_cancelled', /after 7 of 40 images/],
    ['another version took its place', { version: 3 }, 'rescoring_cancelled', /version 3 was put to use meanwhile/],
    ['the stream ended while it ran', { status: 'running' }, 'service_unreachable', /do not use version 2 yet/],
    [
      'it failed',
      { status: 'failed', error: { code: 'version_stale', detail: 'Another encoder.' } },
      'version_stale',
      /do not use version 2: Another encoder\./,
    ],
  ] as const)('throws where %s', (_what, last, code, message) => {
    const thrown = expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;
    expect(() => scoredWith(2, scoring(last))).toThrow(thrown);
  });

  it('throws where the stream told nothing', () => {
    expect(() => scoredWith(2, undefined)).toThrow(expect.objectContaining({ code: 'service_unreachable' }));
  });
});

describe('scoredText', () => {
  it.each([
    [{}, 'Scored 40 images; filters use version 2 now.'],
    [
      { scored: 1, lacking: 3 },
      'Scored 1 image; filters use version 2 now. 3 more cannot be scored, and no filter by category finds them.',
    ],
  ])('says how many are scored, and how many cannot be', (some, text) => {
    expect(scoredText(scoring(some))).toBe(text);
  });
});
