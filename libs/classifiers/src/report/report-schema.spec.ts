import { describe, expect, it } from 'vitest';
import { schemaProblems } from '#libs/errors';
import { syntheticSet } from '../testing/synthetic-set.js';
import { trainHead } from '../training/train-head.js';
import type { TrainingRequestInput } from '../training/training-request.js';
import { trainingReportSchema } from './report-schema.js';

const QUICK: TrainingRequestInput = {
  search: { candidates: 2, rounds: 1, folds: 3 },
  optimiser: { epochs: 4, batchSize: 8 },
  mlp: { hidden: [4] },
};
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the schema of a report', () => {
  it.each([
    ['single', 'softmax', 12],
    ['single', 'mlp', 12],
    ['single', 'nearest-mean', 1],
    ['single', 'softmax', 40],
    ['multi', 'svm', 12],
  ] as const)(
    'takes what a training wrote and loses nothing of it: %s, %s, %i a category',
    (mode, kind, perCategory) => {
      const { report } = trainHead(syntheticSet({ mode, perCategory }), { ...QUICK, heads: [kind] });
      expect(trainingReportSchema.parse(json(report))).toEqual(json(report));
    },
  );

  it.each([
    ['chosen', undefined, [{ path: 'chosen', expected: 'an object', received: 'nothing' }]],
    ['checks', [{ name: 'guess' }], { path: 'checks.0.name' }],
    ['learningCurve', [{ step: 1, trainLoss: null }], { path: 'learningCurve.0.trainLoss', received: 'null' }],
    ['suspicious', 'none', { path: 'suspicious', expected: 'an array', received: '"none"' }],
    ['split', { scheme: 'halves' }, { path: 'split.scheme', expected: 'one of three-way, cross-fit' }],
  ])('names what is wrong in %s', (field, value, problem) => {
    const { report } = trainHead(syntheticSet({ perCategory: 4 }), { ...QUICK, heads: ['nearest-mean'] });
    const given = { ...report, [field]: value };
    const { error } = trainingReportSchema.safeParse(given);
    const problems = error ? schemaProblems(error, given) : [];
    expect(problems).toMatchObject(
      Array.isArray(problem) ? problem : expect.arrayContaining([expect.objectContaining(problem)]),
    );
  });

  it('wants matrices of as many rows as there are categories', () => {
    const { report } = trainHead(syntheticSet({ perCategory: 4 }), { ...QUICK, heads: ['nearest-mean'] });
    const given = { ...report, metrics: { ...report.metrics, confusion: [[1, 2]], confusionByCategory: [] } };
    const { error } = trainingReportSchema.safeParse(given);
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([
      'metrics.confusion',
      'metrics.confusionByCategory',
    ]);
  });
});
