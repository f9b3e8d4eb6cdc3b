import { z } from 'zod';
import type { ListedModel } from '#libs/search';
import { response } from '../openapi/components.js';

export const modelNameSchema = z.object({
  name: z
    .string()
    .max(200)
    .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'letters, digits, dot, hyphen and underscore')
    .describe('Name of a model.'),
});
export type ModelName = z.output<typeof modelNameSchema>;

const tapSchema = z.object({
  name: z.string(),
  tensor: z.string(),
  pooling: z.enum(['none', 'mean', 'max', 'first-token']),
  dimension: z.number().int(),
});

const modelSchema = z.object({
  name: z.string(),
  origin: z.enum(['bundled', 'imported']),
  description: z.string().nullable(),
  fingerprint: z.string().nullable().describe('Null where the manifest cannot be used.'),
  size: z.number().int().nullable().describe('Side of the picture it takes, in pixels.'),
  taps: z.array(tapSchema),
  files: z.array(z.enum(['onnx', 'savedModel', 'tfjs'])).describe('Kinds of runtime file it has.'),
  precision: z.string().nullable(),
  preset: z.string().nullable(),
  licence: z.string().nullable(),
  source: z.string().nullable(),
  use: z
    .object({ runtime: z.string(), device: z.string(), engine: z.string(), tap: z.string() })
    .nullable()
    .describe('What executes it; null unless it is the encoder in use.'),
  problem: z.string().nullable().describe('Why it cannot be used.'),
});

export const modelResponseSchema = response('Model', modelSchema);
export const modelsResponseSchema = response('Models', z.object({ models: z.array(modelSchema) }));

export function modelView({
  name,
  origin,
  manifest,
  fingerprint,
  use,
  problem,
}: ListedModel): z.input<typeof modelSchema> {
  return {
    name,
    origin,
    description: manifest?.description ?? null,
    fingerprint: fingerprint ?? null,
    size: manifest?.input.view.size ?? null,
    taps: Object.entries(manifest?.taps ?? {}).map(([tap, { tensor, pooling, dimension }]) => ({
      name: tap,
      tensor,
      pooling,
      dimension,
    })),
    files: (['onnx', 'savedModel', 'tfjs'] as const).filter((kind) => manifest?.files[kind] !== undefined),
    precision: manifest?.precision ?? null,
    preset: manifest?.preset ?? null,
    licence: manifest?.licence ?? null,
    source: manifest?.source ?? null,
    use: use ?? null,
    problem: problem ?? null,
  };
}

export const MODEL_EXAMPLE = {
  name: 'resnet50',
  origin: 'imported',
  description: 'ResNet-50, imported from resnet50-v1-12.onnx (ONNX, opset 12, IR 7).',
  fingerprint: '0a6d11e7ccd2c6bb2ff9d1a4d6f1a3fbb1a4ac5ba0a0f6a8c8a1f4c5e2b7d913',
  size: 224,
  taps: [{ name: 'penultimate', tensor: 'resnetv17_pool1_fwd', pooling: 'none', dimension: 2048 }],
  files: ['onnx'],
  precision: 'float32',
  preset: 'resnet50',
  licence: 'Apache-2.0',
  source: 'https://huggingface.co/onnxmodelzoo/resnet50-v1-12/resolve/main/resnet50-v1-12.onnx',
  use: { runtime: 'onnx', device: 'cpu', engine: 'ONNX Runtime 1.30.0', tap: 'penultimate' },
  problem: null,
} satisfies z.input<typeof modelSchema>;
