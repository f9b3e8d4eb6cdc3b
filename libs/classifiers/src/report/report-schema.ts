import { z } from 'zod';
import { HEAD_KINDS, trainingRequestSchema } from '../training/training-request.js';
import { metricsSchema } from './metrics-schema.js';
import type { TrainingReport } from './training-report.js';

const count = z.int().min(0);
const number = z.number();
const text = z.string();
const kind = z.enum(HEAD_KINDS);

const categoryCountsSchema = z.object({
  id: text,
  name: text,
  positives: count,
  negatives: count,
  unknown: count,
  groups: count,
});

const splitSchema = z.discriminatedUnion('scheme', [
  z.object({ scheme: z.literal('three-way'), train: count, calibration: count, test: count, groups: count }),
  z.object({ scheme: z.literal('cross-fit'), folds: count, repeats: count, rows: count, groups: count }),
]);

const searchedSchema = z.object({
  round: count,
  kind,
  taps: z.array(text),
  l2: number,
  l1: number,
  learningRate: number.nullable(),
  loss: number.nullable(),
  accuracy: number.nullable(),
  standardError: number.nullable(),
  stopped: text.nullable(),
});

const curveSchema = z.object({
  step: number,
  trainLoss: number,
  trainAccuracy: number.nullable(),
  validationLoss: number.nullable(),
  validationAccuracy: number.nullable(),
});

const checkSchema = z.object({
  name: z.enum(['initial-loss', 'overfit-subset', 'finite', 'convergence', 'generalisation-gap', 'noisy-loss', 'data']),
  outcome: z.enum(['passed', 'warning', 'failed', 'skipped']),
  words: text,
  value: number.nullable(),
  expected: number.nullable(),
});

const suspiciousSchema = z.object({
  imageId: text,
  categoryId: text,
  label: z.union([z.literal(1), z.literal(-1)]),
  probability: number,
  suggestedCategoryId: text.nullable(),
});

/**
 * A report that comes from outside, like one of an export: whatever is read of a report later is there and of its type.
 * Fields that this version does not know are left out. `TrainingReport` says what the fields mean.
 */
export const trainingReportSchema: z.ZodType<TrainingReport> = z.object({
  request: trainingRequestSchema,
  seed: count,
  encoderFingerprint: text,
  dataDigest: text,
  data: z.object({
    rows: count,
    copies: count,
    categories: z.array(categoryCountsSchema),
    leftOut: z.array(z.object({ imageId: text, reason: text })),
    conflicts: z.array(z.object({ imageIds: z.array(text), reason: text })),
  }),
  split: splitSchema,
  chosen: z.object({
    kind,
    taps: z.array(text),
    l2: number,
    l1: number,
    learningRate: number.nullable(),
    hidden: z.array(count),
    reason: text,
  }),
  searched: z.array(searchedSchema),
  learningCurve: z.array(curveSchema),
  accuracyCurve: z.array(
    z.object({ examplesPerCategory: number, accuracy: number, low: number, high: number, n: number }),
  ),
  checks: z.array(checkSchema),
  metrics: metricsSchema,
  outcomes: z.object({ imageIds: z.array(text), groups: z.array(count), right: z.array(number) }).optional(),
  suspicious: z.array(suspiciousSchema),
  milliseconds: number,
});
