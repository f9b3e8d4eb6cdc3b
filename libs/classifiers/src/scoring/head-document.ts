import { z } from 'zod';
import { HEAD_KINDS } from '../training/training-request.js';

/** Little-endian IEEE numbers, base64. */
const packed = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/, 'base64');
const dimension = z.int().min(1).max(1_000_000);

const layerSchema = z.strictObject({
  inputs: dimension,
  outputs: dimension,
  weights: packed.describe('float64, row-major outputs × inputs.'),
  bias: packed.describe('float64, one per output.'),
});

const refusalSchema = z.strictObject({
  method: z.literal('class-distance'),
  centres: packed.describe(
    'float32, row-major centres × dimension: means of the categories, standardised; multi: of all.',
  ),
  directions: packed.describe(
    'float32, row-major rank × dimension: unit vectors along which images of a category vary most.',
  ),
  variances: z.array(z.number().positive()).describe('Variance along each direction.'),
  residualVariance: z.number().positive().describe('Variance along every other direction.'),
  threshold: z.number().describe('Greatest distance that is accepted.'),
  acceptance: z.number().describe('Share of images like the labelled ones the threshold was set to accept.'),
  n: z.int().describe('How many out-of-fold distances the threshold rests on.'),
});

/**
 * All that is needed to score an image, and nothing else: JSON, immutable, the same on every machine. Raw features of
 * `taps`, concatenated in that order → (x − mean) · scale → layers with ReLU between them → calibration.
 */
export const headDocumentSchema = z.strictObject({
  format: z.literal('likeness-head'),
  version: z.literal(1),
  kind: z.enum(HEAD_KINDS),
  mode: z.enum(['single', 'multi']),
  categories: z.array(z.strictObject({ id: z.string().min(1), name: z.string() })).min(1),
  encoderFingerprint: z.string(),
  taps: z.array(z.strictObject({ name: z.string().min(1), dimension })).min(1),
  standardiser: z.strictObject({ mean: packed.describe('float64'), scale: packed.describe('float64, 1 ÷ deviation') }),
  layers: z.array(layerSchema).min(1),
  calibration: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('temperature'), slope: z.number().describe('p = softmax(slope · z)') }),
    z.strictObject({
      kind: z.literal('platt'),
      slopes: z.array(z.number()).describe('p = 1 / (1 + exp(−(slope · z + offset))), one per category'),
      offsets: z.array(z.number()),
    }),
  ]),
  thresholds: z
    .array(z.number().nullable())
    .describe('Per category the score for the wanted precision; null where no threshold reaches it.'),
  refusal: refusalSchema.nullable(),
});

export type HeadDocument = z.output<typeof headDocumentSchema>;
export type LayerDocument = z.output<typeof layerSchema>;
export type RefusalDocument = z.output<typeof refusalSchema>;
