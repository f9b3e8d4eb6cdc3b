import { z } from 'zod';
import { request, response } from '../openapi/components.js';

const count = z.number().int();

export const statsSchema = response(
  'Stats',
  z.object({
    images: count.describe('Images in the catalogue.'),
    embeddings: count.describe('Of them with a vector of the encoder in use.'),
    indexed: count.describe('Of them found by searches.'),
    failed: count.describe('Files of imports that failed.'),
    collections: count,
    encoder: z.object({
      name: z.string(),
      fingerprint: z.string(),
      tap: z.string(),
      dimension: count,
      runtime: z.string(),
      device: z.string(),
      engine: z.string(),
    }),
    index: z.object({
      kind: z.enum(['hnsw', 'exact']),
      live: count,
      deleted: count,
      tail: count.describe('Vectors that are scanned exactly until they are sealed.'),
      segments: z.array(z.object({ name: z.string(), count, deleted: count })),
      sequence: count,
      building: z.boolean(),
      fileBytes: z.number(),
    }),
    backfill: z.object({
      left: count.describe('Images without a vector of the encoder in use.'),
      running: z.boolean(),
    }),
    catalogueSequence: count,
  }),
);

export const verifyBodySchema = request(
  'VerifyRequest',
  z.strictObject({
    repair: z.boolean().default(false).describe('Mend what is found.'),
    deep: z.boolean().default(false).describe('Also reads every original and every vector.'),
    sample: z.number().int().min(1).max(1_000_000).optional().describe('How many vectors are looked for in the index.'),
  }),
);

export const verifySchema = response(
  'VerifyReport',
  z.object({
    ok: z.boolean(),
    repaired: z.boolean(),
    checks: z.array(
      z.object({
        name: z.enum(['ids', 'vectors', 'self-search', 'fingerprint', 'files', 'originals', 'backfill']),
        ok: z.boolean(),
        checked: count,
        problems: z.array(z.string()),
      }),
    ),
  }),
);

const part = z.enum(['up', 'down']);

export const readinessSchema = response(
  'Readiness',
  z.object({
    ready: z.boolean(),
    parts: z.object({ database: part, encoder: part, index: z.enum(['up', 'loading', 'down']) }),
    notes: z.array(z.string()),
  }),
);

export const livenessSchema = response('Liveness', z.object({ status: z.literal('up') }));
