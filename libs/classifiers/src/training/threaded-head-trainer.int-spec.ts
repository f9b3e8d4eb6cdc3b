import { afterAll, describe, expect, it } from 'vitest';
import type { TrainingProgress } from '../report/training-report.js';
import { syntheticSet } from '../testing/synthetic-set.js';
import { ThreadedHeadTrainer } from './threaded-head-trainer.js';
import { trainHead } from './train-head.js';

const request = { search: { candidates: 3, rounds: 1, folds: 3 } };

describe('ThreadedHeadTrainer', () => {
  const trainer = new ThreadedHeadTrainer();
  afterAll(() => trainer.close());

  it('gives the same head as training here, and tells how far it is', async () => {
    const set = syntheticSet({});
    const heard: TrainingProgress[] = [];
    const { document, report } = await trainer.train(set, request, { onProgress: (progress) => heard.push(progress) });
    expect(document).toEqual(trainHead(set, request).document);
    expect(report.metrics.n).toBe(36);
    expect(heard[0]).toMatchObject({ stage: 'grouping', done: 0 });
    expect(heard.filter(({ point }) => point).length).toBe(report.searched.length);
  });

  it('hands over the words of a refusal', async () => {
    const training = trainer.train(syntheticSet({ categories: 1 }), {});
    await expect(training).rejects.toMatchObject({ code: 'training_data_invalid' });
  });

  it('ends at once when it is aborted, before or midway', async () => {
    const set = syntheticSet({ perCategory: 400, dimension: 200 });
    await expect(trainer.train(set, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'training_aborted',
    });
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const training = trainer.train(set, {}, { signal: controller.signal, onProgress });
    await expect(training).rejects.toMatchObject({ code: 'training_aborted' });
  });

  it('close ends what runs', async () => {
    const own = new ThreadedHeadTrainer();
    const training = own.train(syntheticSet({ perCategory: 400, dimension: 200 }), {});
    const refused = expect(training).rejects.toMatchObject({ code: 'shutting_down' });
    await own.close();
    await refused;
    await expect(own.train(syntheticSet({}), {})).rejects.toMatchObject({ code: 'shutting_down' });
  });
});
