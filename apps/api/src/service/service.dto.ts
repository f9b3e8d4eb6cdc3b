import { FILTER_SHAPES } from '#libs/catalogue';
import type { ServiceStats } from '#libs/search';
import { z } from 'zod';
import { filterSchema } from '../search/filter.dto.js';
import { request, response } from '../openapi/components.js';

const count = z.number().int();

const share = z.number().describe('0 to 1.');

const recallFigure = z.object({
  shape: z.enum(FILTER_SHAPES),
  recall: share.describe('Mean share of the ten best that was found, 0 to 1.'),
  least: share.describe('Worst of them.'),
  searches: count.describe('Searches it is the mean of, at most 500.'),
  at: z.iso.datetime().describe('When the last was compared.'),
});

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
      trouble: z
        .string()
        .nullable()
        .describe(
          'Why the tail cannot be sealed at the moment; it is tried again by itself. Null while nothing is in the way.',
        ),
      fileBytes: z.number(),
    }),
    backfill: z.object({
      left: count.describe('Images that are still to be embedded with the encoder in use.'),
      unusable: count.describe(
        'Images that could not be embedded with it: the original is gone or damaged, or the encoder fails for it. They are tried again.',
      ),
      running: z.boolean(),
    }),
    catalogueSequence: count,
    recall: z.array(recallFigure).describe('Recent searches beside exact ones, by the shape of their filter.'),
  }),
);

export function toStatsDto({ recall, ...stats }: ServiceStats) {
  return { ...stats, recall: recall.map((figure) => ({ ...figure, at: figure.at.toISOString() })) };
}

export const recallBodySchema = request(
  'RecallRequest',
  z.strictObject({
    filter: filterSchema.optional().describe('Only images that match.'),
    queries: z.number().int().min(1).max(1000).default(100).describe('Stored images to ask with.'),
    k: z.number().int().min(1).max(100).default(10).describe('Neighbours to compare.'),
    ef: z.number().int().min(1).max(4096).optional().describe('HNSW candidates; default from the settings.'),
  }),
);

export const recallSchema = response(
  'RecallReport',
  z.object({
    k: count,
    queries: count.describe('Searches that were compared.'),
    recall: share.nullable().describe('Mean share of the exact answer that was found; null without searches.'),
    least: share.nullable().describe('Worst of them.'),
    matched: count.describe('Images that match the filter.'),
    plans: z.record(z.string(), count).describe('How often each plan was chosen.'),
    searchMs: z.number().nullable().describe('Milliseconds of a search, 50th percentile.'),
    exactMs: z.number().nullable().describe('Milliseconds of an exact scan, 50th percentile.'),
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
        name: z.enum(['ids', 'findable', 'vectors', 'self-search', 'files', 'originals', 'backfill', 'embeddable']),
        space: z.string().optional().describe('Encoder and tap, where it is another than the one in use.'),
        ok: z.boolean(),
        checked: count,
        wrong: count.describe('How many of them are not as they should be.'),
        problems: z.array(z.string()).describe('The first of those, in words.'),
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
