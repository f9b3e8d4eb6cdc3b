import { type ClassifierRecord, storable } from '#libs/catalogue';
import type { Prediction, ScoredImage, Suggestion } from '#libs/search';
import { z } from 'zod';
import { idSchema, idTextSchema, limitSchema, numberText } from '../http/schemas.js';
import { imageSchema, toImageDto } from '../images/image.dto.js';
import { request, response } from '../openapi/components.js';

const count = z.number().int();
const share = z.number().min(0).max(1);
export const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .describe(
    'Letters, digits, spaces, _ or -; not digits alone. A part of the filter `category.<classifier>.<category>`.',
  );

/** `:classifier` of an address: its name or its id. */
export const classifierParamSchema = z.object({
  classifier: z.string().min(1).max(64).superRefine(storable).describe('Name or id of the classifier.'),
});
export type ClassifierParam = z.output<typeof classifierParamSchema>;
export const categoryParamSchema = classifierParamSchema.extend({
  category: z.string().min(1).max(64).describe('Name or id of the category.'),
});
export type CategoryParam = z.output<typeof categoryParamSchema>;

export const classifierSchema = response(
  'Classifier',
  z.object({
    id: idTextSchema,
    name: z.string(),
    kind: z
      .enum(['single', 'multi'])
      .describe('single: an image is in one category; multi: each is a yes/no question.'),
    categories: z.array(z.object({ id: idTextSchema, name: z.string(), positives: count, negatives: count })),
    versionInUse: count.nullable().describe('The version that filters use; null before there is one.'),
    labelsWithoutImage: count.describe('Labels whose image was deleted; they count again if the content comes back.'),
    createdAt: z.iso.datetime(),
  }),
);
export type ClassifierDto = z.output<typeof classifierSchema>;
export const classifiersSchema = response('Classifiers', z.object({ classifiers: z.array(classifierSchema) }));

export const newClassifierSchema = request(
  'NewClassifier',
  z.strictObject({
    name: nameSchema,
    kind: z.enum(['single', 'multi']).default('single'),
    categories: z.array(nameSchema).max(1000).default([]),
  }),
);
export type NewClassifier = z.output<typeof newClassifierSchema>;
export const newNameSchema = request('NewName', z.strictObject({ name: nameSchema }));
export type NewName = z.output<typeof newNameSchema>;

export const predictBodySchema = request(
  'PredictRequest',
  z.strictObject({ id: idSchema.describe('A stored image.'), version: z.int().min(1).optional() }),
);
export const predictFormSchema = z.strictObject({ version: numberText(z.number().int().min(1).optional()) });

export const predictionSchema = response(
  'Prediction',
  z.object({
    version: count,
    scores: z
      .array(
        z.object({
          id: idTextSchema,
          name: z.string(),
          score: share.describe('Calibrated probability.'),
          threshold: share.nullable().describe('Score from which the wanted precision was reached; null: nowhere.'),
        }),
      )
      .describe('Most probable first.'),
    refused: z
      .boolean()
      .nullable()
      .describe('The image is unlike anything labelled: its scores mean little. null: this version cannot tell.'),
    distance: z.number().nullable().describe('To the labelled images; over 1 is refused.'),
  }),
);

export const countsQuerySchema = z.strictObject({ minScore: numberText(z.number().min(0).max(1).default(0.5)) });
export type CountsQuery = z.output<typeof countsQuerySchema>;
export const countsSchema = response(
  'CategoryCounts',
  z.object({
    versionInUse: count.nullable(),
    minScore: share,
    categories: z.array(z.object({ id: idTextSchema, name: z.string(), images: count })),
  }),
);

export const browseQuerySchema = z.strictObject({
  minScore: numberText(z.number().min(0).max(1).optional()),
  maxScore: numberText(z.number().min(0).max(1).optional()),
  cursor: z.string().max(200).optional().describe('`nextCursor` of the page before.'),
  limit: limitSchema(50, 500),
});
export type BrowseQuery = z.output<typeof browseQuerySchema>;
export const scoredPageSchema = response(
  'ScoredImages',
  z.object({
    images: z.array(z.object({ score: share, image: imageSchema })).describe('Best first.'),
    nextCursor: z.string().nullable(),
  }),
);

export const suggestQuerySchema = z.strictObject({ limit: limitSchema(20, 100) });
export type SuggestQuery = z.output<typeof suggestQuerySchema>;
export const suggestBodySchema = request(
  'SuggestRequest',
  z.strictObject({
    among: z.array(idSchema).min(1).max(1000).describe('Only out of these, like the results of a search.'),
    limit: z.int().min(1).max(100).default(20),
  }),
);
export type SuggestBody = z.output<typeof suggestBodySchema>;
export const suggestionsSchema = response(
  'Suggestions',
  z.object({
    suggestions: z
      .array(
        z.object({
          image: imageSchema,
          uncertainty: share.nullable().describe('1: it cannot tell at all; null: no version was asked.'),
          scores: z.array(z.object({ id: idTextSchema, name: z.string(), score: share })),
        }),
      )
      .describe('Worth most first; labelled images are never among them.'),
  }),
);

export function toClassifierDto(record: ClassifierRecord): ClassifierDto {
  return {
    ...record,
    id: String(record.id),
    categories: record.categories.map((category) => ({ ...category, id: String(category.id) })),
    createdAt: record.createdAt.toISOString(),
  };
}

export function toPredictionDto({ version, scores, refused, distance }: Prediction): z.output<typeof predictionSchema> {
  return { version: version.number, scores: [...scores], refused, distance };
}

export function toScoredDto({ images, nextCursor }: { images: ScoredImage[]; nextCursor: string | null }): object {
  return { images: images.map(({ score, image }) => ({ score, image: toImageDto(image) })), nextCursor };
}

export function toSuggestionsDto(answer: { classifier: ClassifierRecord; suggestions: Suggestion[] }): object {
  const names = new Map(answer.classifier.categories.map(({ id, name }) => [id, name]));
  return {
    suggestions: answer.suggestions.map(({ image, uncertainty, scores }) => ({
      image: toImageDto(image),
      uncertainty: uncertainty === null ? null : Math.min(1, Math.max(0, uncertainty)),
      scores: scores.map(({ categoryId, score }) => ({
        id: String(categoryId),
        name: names.get(categoryId) ?? '',
        score,
      })),
    })),
  };
}
