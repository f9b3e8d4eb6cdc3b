import type { Explanation, SimilarAnswer, SimilarHit, SimilarOptions } from '#libs/search';
import { z } from 'zod';
import { collectionNameSchema, flagSchema, idTextSchema, numberText } from '../http/schemas.js';
import { imageFields, toImageDto } from '../images/image.dto.js';
import { request, response } from '../openapi/components.js';
import { explainSchema, explanationSchema, fewEnough, toExplanationDto } from './explain.dto.js';
import { ASKS_ONCE, asksOnce, queryFields } from './examples.dto.js';
import { filterSchema, filterTextSchema } from './filter.dto.js';
import { pageAnswerFields, pageFields, pageTextFields, toPageAnswer, toPageChoices } from './page.dto.js';

const K = 'How many neighbours, 1 to 1000.';
const MIN_SCORE = 'Leaves out neighbours whose score is lower; a cosine lies between -1 and 1.';
const EXACT = 'Scans every vector instead of using the approximate index.';
const EF = 'HNSW: candidates for this search; more finds more and takes longer.';
/** Of `sum_scores`, with 32 examples of weight 100. */
const MAX_SCORE = 3200;
const ENCODER = 'Name of the encoder to search with; the one in use where nothing is said.';
const TAP = 'Tap of the encoder to search at; the one in use where nothing is said.';
const spaceName = z.string().min(1).max(200);

/** Options as a query string or a form has them: text. */
export const similarQuerySchema = z.strictObject({
  k: numberText(z.number().int().min(1).max(1000).default(10).describe(K)),
  minScore: numberText(z.number().min(-1).max(1).optional().describe(MIN_SCORE)),
  exact: flagSchema.optional().describe(EXACT),
  collection: collectionNameSchema.optional().describe('Searches only the images of this collection.'),
  filter: filterTextSchema.optional(),
  ...pageTextFields,
  ef: numberText(z.number().int().min(1).max(4096).optional().describe(EF)),
  encoder: spaceName.optional().describe(ENCODER),
  tap: spaceName.optional().describe(TAP),
});
export type SimilarQuery = z.output<typeof similarQuerySchema>;

/** A search as JSON: examples and options. */
export const searchBodySchema = request(
  'SearchRequest',
  z
    .strictObject({
      ...queryFields,
      k: z.number().int().min(1).max(1000).default(10).describe(K),
      minScore: z.number().min(-MAX_SCORE).max(MAX_SCORE).optional().describe(MIN_SCORE),
      exact: z.boolean().optional().describe(EXACT),
      collection: collectionNameSchema.optional(),
      filter: filterSchema.optional(),
      ...pageFields,
      ef: z.number().int().min(1).max(4096).optional().describe(EF),
      encoder: spaceName.optional().describe(ENCODER),
      tap: spaceName.optional().describe(TAP),
      explain: explainSchema.optional(),
    })
    .refine(asksOnce, ASKS_ONCE)
    .superRefine(fewEnough),
);
export type SearchBody = z.output<typeof searchBodySchema>;

const { id, metadata, source, sources, externalId, collections, width, height, format, thumbnailUrl, originalUrl } =
  imageFields;

const hitSchema = z.object({
  id,
  score: z.number().describe('By the strategy; for average_vector the cosine, -1 to 1.'),
  distance: z.number().describe('1 - score.'),
  metadata,
  source,
  sources,
  externalId,
  collections,
  width,
  height,
  format,
  thumbnailUrl,
  originalUrl,
  explanation: explanationSchema.optional(),
  duplicateCount: z.number().int().optional().describe('With collapse: how many were folded into this one.'),
  duplicates: z
    .array(z.object({ id, score: z.number(), source, width, height, format, thumbnailUrl, originalUrl }))
    .optional()
    .describe('With collapse: near-duplicates of this result that came after it, as far as was looked.'),
});

const milliseconds = z.number().describe('Milliseconds.');

export const similarSchema = response(
  'Similar',
  z.object({
    results: z.array(hitSchema).describe('Best first.'),
    ...pageAnswerFields,
    plan: z.enum(['exact', 'hnsw', 'filtered-exact', 'filtered-hnsw']).describe('How the search was run.'),
    estimate: z.number().int().describe('How many were taken to match when the plan was chosen.'),
    matched: z.number().int().describe('How many images the search was among.'),
    ef: z.number().int().optional().describe('HNSW candidates used.'),
    indexSequence: z.number().int().describe('The change up to which the index knew the catalogue.'),
    encoder: z.object({ name: z.string(), fingerprint: z.string(), tap: z.string() }),
    timings: z.object({ total: milliseconds }).catchall(milliseconds).describe('Milliseconds by stage.'),
    queryId: idTextSchema.optional().describe('The stored image that was asked about.'),
  }),
);
export type SimilarDto = z.output<typeof similarSchema>;

export function toSimilarOptions({
  k,
  minScore,
  exact,
  collection,
  filter,
  ef,
  encoder,
  tap,
  ...page
}: SimilarQuery | SearchBody): SimilarOptions {
  return {
    k,
    ...(minScore !== undefined && { minScore }),
    ...(exact !== undefined && { exact }),
    ...(collection !== undefined && { collection }),
    ...(filter !== undefined && { filter }),
    ...(ef !== undefined && { ef }),
    ...toPageChoices(page),
    ...(encoder !== undefined && { encoder }),
    ...(tap !== undefined && { tap }),
  };
}

function toHit(
  { score, distance, image, duplicates }: SimilarHit,
  explanation?: Explanation | null,
): SimilarDto['results'][number] {
  const dto = toImageDto(image);
  return {
    id: dto.id,
    score,
    distance,
    metadata: dto.metadata,
    source: dto.source,
    sources: dto.sources,
    externalId: dto.externalId,
    collections: dto.collections,
    width: dto.width,
    height: dto.height,
    format: dto.format,
    thumbnailUrl: dto.thumbnailUrl,
    originalUrl: dto.originalUrl,
    ...(explanation !== undefined && { explanation: toExplanationDto(explanation) }),
    ...(duplicates && { duplicateCount: duplicates.length, duplicates: duplicates.map(toFolded) }),
  };
}

function toFolded({ score, image }: SimilarHit) {
  const { id, source, width, height, format, thumbnailUrl, originalUrl } = toImageDto(image);
  return { id, score, source, width, height, format, thumbnailUrl, originalUrl };
}

export function toSimilarDto(
  { hits, sequence, plan, estimate, matched, ef, encoder, timings, ...page }: SimilarAnswer,
  queryId?: number,
  explanations: readonly (Explanation | null)[] = [],
): SimilarDto {
  return {
    results: hits.map((hit, at) => toHit(hit, explanations[at])),
    ...toPageAnswer(page),
    plan,
    estimate,
    matched,
    ...(ef !== undefined && { ef }),
    indexSequence: sequence,
    encoder,
    timings: { ...timings, total: timings.total ?? 0 },
    ...(queryId !== undefined && { queryId: String(queryId) }),
  };
}
