import { z } from 'zod';
import type { Metrics } from './metrics.js';

const number = z.number();
const text = z.string();
const count = z.int().min(0);
/** Mean over repeated foldings, so not always whole. */
const images = number.min(0);

const estimateSchema = z.object({
  value: number.nullable(),
  low: number,
  high: number,
  n: number.min(0),
  tooFew: z.boolean(),
});

const categorySchema = z.object({
  id: text,
  name: text,
  positives: count,
  negatives: count,
  precision: estimateSchema,
  recall: estimateSchema,
  f1: estimateSchema,
  threshold: z.object({
    targetPrecision: number,
    threshold: number.nullable(),
    precision: estimateSchema,
    recall: estimateSchema,
  }),
});

/** Measured numbers that come from outside, with as many rows of the confusion matrices as there are categories. */
export const metricsSchema: z.ZodType<Metrics> = z
  .object({
    source: z.enum(['test-fold', 'out-of-fold']),
    sourceInWords: text,
    n: count,
    top1: estimateSchema,
    macroF1: number.nullable(),
    logLoss: number.nullable(),
    categories: z.array(categorySchema),
    confusion: z.array(z.array(images)),
    confusionByCategory: z.array(z.array(z.array(images).length(2)).length(2)),
    calibration: z.object({
      ece: estimateSchema,
      eceBefore: number.nullable(),
      bins: z.array(z.object({ n: number.min(0), confidence: number, accuracy: number })),
    }),
    accepted: estimateSchema.nullable(),
  })
  .superRefine(({ categories, confusion, confusionByCategory }, context) => {
    const units = categories.length;
    const wrong = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (confusion.length > 0 && (confusion.length !== units || confusion.some((row) => row.length !== units))) {
      wrong(['confusion'], `${units} rows of ${units} numbers, or none`);
    }
    if (confusionByCategory.length !== units) wrong(['confusionByCategory'], `${units} entries`);
  });
