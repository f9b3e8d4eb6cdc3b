import { type LabelEvent, type LabelOutcome, type LabelRecord, storable } from '#libs/catalogue';
import type { LabelConflict, LabelOrder, LabelReport } from '#libs/search';
import { z } from 'zod';
import { itemErrorSchema, toItemError } from '../http/problem.js';
import { collectionNameSchema, idSchema, idTextSchema, limitSchema } from '../http/schemas.js';
import { request, response } from '../openapi/components.js';
import { classifierSchema, nameSchema, toClassifierDto } from './classifier.dto.js';

const valueSchema = z
  .enum(['positive', 'negative', 'cleared'])
  .default('positive')
  .describe('Whether the image is in the category; cleared takes back what was said.');
const originSchema = z
  .string()
  .min(1)
  .max(100)
  .superRefine(storable)
  .default('api')
  .describe('Who or what says so; kept in the history.');

const oneSchema = z
  .strictObject({
    image: idSchema.optional().describe('Id of an image of the catalogue.'),
    example: idSchema.optional().describe('Id of an own image that was posted to the classifier.'),
    category: nameSchema.describe('Name or id of the category.'),
    value: valueSchema,
  })
  .refine(
    ({ image, example }) => (image === undefined) !== (example === undefined),
    'exactly one of image and example',
  );

export const labelBodySchema = request(
  'LabelRequest',
  z.strictObject({
    labels: z.array(oneSchema).min(1).max(10_000),
    origin: originSchema,
    confirm: z
      .boolean()
      .default(false)
      .describe('Writes what holds already into the history too: a doubted label was looked at again and is right.'),
  }),
);
export type LabelBody = z.output<typeof labelBodySchema>;

export const labelSearchSchema = request(
  'LabelSearchResults',
  z.strictObject({
    like: idSchema.describe('Labels what looks like this image, and the image itself.'),
    k: z.int().min(1).max(1000).default(10),
    minScore: z.number().min(-1).max(1).optional(),
    collection: collectionNameSchema.optional(),
    category: nameSchema,
    value: valueSchema,
  }),
);
export type LabelSearch = z.output<typeof labelSearchSchema>;

export const examplesQuerySchema = z.strictObject({
  category: nameSchema.describe('What all of the files show.'),
  value: valueSchema,
  origin: originSchema,
});
export type ExamplesQuery = z.output<typeof examplesQuerySchema>;

export const labelReportSchema = response(
  'LabelReport',
  z.object({
    results: z
      .array(
        z.object({
          status: z.enum(['labelled', 'unchanged', 'failed']),
          example: idTextSchema.optional(),
          superseded: z.array(z.string()).optional().describe('Categories the image was taken out of.'),
          error: itemErrorSchema.optional(),
        }),
      )
      .describe('One for each label, in order.'),
    labelled: z.number().int(),
    failed: z.number().int(),
    classifier: classifierSchema,
  }),
);

const idListSchema = z
  .string()
  .max(10_000)
  .transform((text) => text.split(','))
  .pipe(z.array(idSchema).max(1000));

export const labelsQuerySchema = z.strictObject({
  category: nameSchema.optional(),
  images: idListSchema.optional().describe('Ids with commas between them: only labels of these images.'),
  examples: idListSchema.optional().describe('The same by the ids of examples.'),
  cursor: idSchema.optional(),
  limit: limitSchema(100, 1000),
});
export type LabelsQuery = z.output<typeof labelsQuerySchema>;

const labelSchema = z.object({
  example: idTextSchema,
  image: idTextSchema.nullable().describe('null: an own image, or one that was deleted.'),
  own: z.boolean(),
  name: z.string().nullable(),
  category: z.string(),
  value: z.enum(['positive', 'negative']),
  origin: z.string(),
  at: z.iso.datetime(),
});
export const labelsSchema = response(
  'Labels',
  z.object({ labels: z.array(labelSchema).describe('Newest first.'), nextCursor: z.string().nullable() }),
);

export const historyQuerySchema = z.strictObject({
  image: idSchema.optional(),
  example: idSchema.optional(),
  cursor: idSchema.optional(),
  limit: limitSchema(100, 1000),
});
export type HistoryQuery = z.output<typeof historyQuerySchema>;
const eventSchema = z.object({
  id: idTextSchema,
  example: idTextSchema,
  image: idTextSchema.nullable(),
  category: z.string(),
  value: z.enum(['positive', 'negative', 'cleared']),
  before: z.enum(['positive', 'negative']).nullable(),
  origin: z.string(),
  at: z.iso.datetime(),
});
export const historySchema = response(
  'LabelHistory',
  z.object({ events: z.array(eventSchema).describe('Newest first.'), nextCursor: z.string().nullable() }),
);
export const conflictsQuerySchema = z.strictObject({ limit: limitSchema(50, 500) });
export type ConflictsQuery = z.output<typeof conflictsQuerySchema>;
export const conflictsSchema = response(
  'LabelConflicts',
  z.object({
    conflicts: z
      .array(z.object({ example: idTextSchema, image: idTextSchema.nullable(), events: z.array(eventSchema) }))
      .describe('Images of which different things were said, with all that was said, oldest first.'),
  }),
);

export function toOrders({ labels }: LabelBody): LabelOrder[] {
  return labels.map(({ image, example, category, value }) => ({
    subject: image === undefined ? { exampleId: example ?? 0 } : { imageId: image },
    category,
    value,
  }));
}

export function toReportDto({ outcomes, classifier }: LabelReport): object {
  const names = new Map(classifier.categories.map(({ id, name }) => [id, name]));
  const failed = outcomes.filter(({ status }) => status === 'failed').length;
  return {
    results: outcomes.map((outcome: LabelOutcome) =>
      outcome.status === 'failed'
        ? { status: outcome.status, error: toItemError(outcome.error) }
        : {
            status: outcome.status,
            example: String(outcome.exampleId),
            superseded: outcome.superseded.map((id) => names.get(id) ?? String(id)),
          },
    ),
    labelled: outcomes.filter(({ status }) => status === 'labelled').length,
    failed,
    classifier: toClassifierDto(classifier),
  };
}

export function toLabelDto(label: LabelRecord, category: string): z.output<typeof labelSchema> {
  return {
    example: String(label.exampleId),
    image: label.imageId === null ? null : String(label.imageId),
    own: label.own,
    name: label.name,
    category,
    value: label.positive ? 'positive' : 'negative',
    origin: label.origin,
    at: label.at.toISOString(),
  };
}

export function toEventDto(event: LabelEvent): z.output<typeof eventSchema> {
  return {
    id: String(event.id),
    example: String(event.exampleId),
    image: event.imageId === null ? null : String(event.imageId),
    category: event.category,
    value: event.value,
    before: event.before,
    origin: event.origin,
    at: event.at.toISOString(),
  };
}

export function toConflictDto({ exampleId, imageId, events }: LabelConflict): object {
  return {
    example: String(exampleId),
    image: imageId === null ? null : String(imageId),
    events: events.map(toEventDto),
  };
}
