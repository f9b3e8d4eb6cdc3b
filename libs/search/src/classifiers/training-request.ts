import { trainingRequestSchema, type TrainingRequestInput } from '#libs/classifiers';
import { z } from 'zod';
import { MOST_COPIES } from './encode-originals.js';

/** How a classifier is to be trained: the head's own request, and what this service adds to it. */
export const trainingOrderSchema = trainingRequestSchema.extend({
  augment: z
    .int()
    .min(0)
    .max(MOST_COPIES)
    .default(0)
    .describe('Altered copies (crops, mirrored) of each image to fit to beside it; each is embedded once and cached.'),
  use: z
    .boolean()
    .default(true)
    .describe('Score the whole catalogue with the new version, and let filters use it once that is complete.'),
});

export type TrainingOrder = z.output<typeof trainingOrderSchema>;
export type TrainingOrderInput = z.input<typeof trainingOrderSchema>;

/** The part that the head's trainer is told. */
export function headRequest(order: TrainingOrder): TrainingRequestInput {
  const request: Partial<TrainingOrder> = { ...order };
  delete request.augment;
  delete request.use;
  return request;
}
