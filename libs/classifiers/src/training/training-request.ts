import { z } from 'zod';

export const HEAD_KINDS = ['softmax', 'svm', 'mlp', 'nearest-mean'] as const;
export type HeadKind = (typeof HEAD_KINDS)[number];

const tapName = z.string().min(1).max(64);
const strength = z.number().min(0).max(1e6);

/** How a head is to be trained. Every field has a default, so `{}` is a good request. */
export const trainingRequestSchema = z.strictObject({
  heads: z
    .union([z.literal('auto'), z.array(z.enum(HEAD_KINDS)).min(1).max(4)])
    .default('auto')
    .describe(
      'Kinds to choose from by cross-validation. auto: nearest-mean where a category has at most 3 examples, else softmax and svm.',
    ),
  taps: z
    .union([z.literal('auto'), z.array(z.array(tapName).min(1).max(8)).min(1).max(16)])
    .default('auto')
    .describe(
      'Choices, each one tap or several to be concatenated. auto: every tap there is and the best one decides.',
    ),
  seed: z.int().min(0).max(0xffff_ffff).default(1).describe('Same inputs and seed, same weights bit for bit.'),
  regularisation: z
    .strictObject({
      l2: strength.optional().describe('Weight of ½‖W‖² beside the mean loss, on standardised features.'),
      l1: strength.optional().describe('Weight of ‖W‖₁ beside the mean loss; with l2: elastic net. Not for svm.'),
      maxNorm: z
        .number()
        .positive()
        .max(1e6)
        .optional()
        .describe('Greatest length of the weights that enter one unit; gradient-trained heads only.'),
    })
    .default({})
    .describe('What is given is not searched.'),
  split: z
    .enum(['auto', 'three-way', 'cross-fit'])
    .default('auto')
    .describe(
      'three-way: parts of their own to train on, to calibrate on and to measure on, once; each category needs at least 5 ' +
        'independent examples (near-duplicates count as one), and in multi as many negatives. cross-fit: calibrated and measured ' +
        'out of fold, and the head fitted to all images. auto: cross-fit where a category has fewer than 30 of either.',
    ),
  classWeights: z
    .enum(['none', 'balanced'])
    .default('none')
    .describe('balanced: each category weighs the same, however many examples it has.'),
  search: z
    .strictObject({
      candidates: z.int().min(1).max(64).default(8).describe('Points of each round, drawn in log space.'),
      rounds: z.int().min(1).max(4).default(2).describe('Coarse first, then around the best.'),
      folds: z.int().min(2).max(20).default(5).describe('Of the cross-validation that decides.'),
    })
    .prefault({}),
  optimiser: z
    .strictObject({
      kind: z
        .enum(['solver', 'sgd'])
        .default('solver')
        .describe('solver: to the optimum; sgd: mini-batches with momentum. The mlp is always trained by sgd.'),
      learningRate: z.number().positive().max(100).optional().describe('Left out: searched in log space.'),
      momentum: z.number().min(0).max(0.999).default(0.9),
      batchSize: z.int().min(1).max(4096).default(32),
      epochs: z.int().min(1).max(2000).default(60),
      schedule: z
        .enum(['constant', 'step', 'exponential', 'inverse', 'square-root'])
        .default('step')
        .describe('step: ÷ 10 at 60 % and 85 %; exponential: to 1 %; inverse: 1/t; square-root: 1/√t.'),
    })
    .prefault({}),
  mlp: z
    .strictObject({
      hidden: z.array(z.int().min(2).max(2048)).min(1).max(3).default([64]),
      dropout: z.number().min(0).max(0.95).default(0.3).describe('Share of hidden units left out in each step.'),
    })
    .prefault({}),
  targetPrecision: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.9)
    .describe('A threshold for this precision is chosen on the fold that calibrates.'),
  duplicateCosine: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.97)
    .describe(
      'Images at least this similar are one group and never straddle a split; used where the set has no groups.',
    ),
  acceptance: z
    .number()
    .min(0.5)
    .max(0.999)
    .default(0.95)
    .describe('Share of images like the labelled ones that refusal by distance must let through.'),
});

export type TrainingRequest = z.output<typeof trainingRequestSchema>;
export type TrainingRequestInput = z.input<typeof trainingRequestSchema>;
