import { readFilter, type ImageFilter } from '#libs/catalogue';
import { z } from 'zod';
import { request } from '../openapi/components.js';

const value = z.union([z.string(), z.number(), z.boolean()]);

/** One condition, for the document; what arrives is read by `readFilter`, whose errors name the path. */
const conditionSchema = z.strictObject({
  field: z
    .string()
    .describe(
      'metadata.<key>, id, width, height, bytes, format, orientation, createdAt, updatedAt, import, collection or category.<classifier>.<category>.',
    ),
  eq: value.optional(),
  in: z.array(value).optional(),
  gt: value.optional(),
  gte: value.optional(),
  lt: value.optional(),
  lte: value.optional(),
  prefix: z.string().optional().describe('The text begins with this.'),
  exists: z.boolean().optional(),
});

const structureSchema: z.ZodType<ImageFilter> = request(
  'ImageFilter',
  z.union([
    z.strictObject({
      get and() {
        return z.array(structureSchema);
      },
    }),
    z.strictObject({
      get or() {
        return z.array(structureSchema);
      },
    }),
    z.strictObject({
      get not() {
        return structureSchema;
      },
    }),
    conditionSchema,
  ]),
);

const TEXT = 'Which images: `width >= 1000 and metadata.camera in ("X100", "GR III")`, or the structure as JSON.';

/** A filter in a query string or a form: its text form, or JSON as text. */
export const filterTextSchema = z
  .string()
  .max(20_000)
  .describe(TEXT)
  .transform((text): ImageFilter => readFilter(text));

/**
 * A filter in a JSON body: the structure, or its text form. Problems are thrown as one DomainError that names the path
 * or position of each, which a union of schemas could not.
 */
export const filterSchema = z
  .unknown()
  .meta({
    anyOf: [{ type: 'string', description: TEXT }, { $ref: '#/components/schemas/ImageFilter' }],
  })
  .transform((given): ImageFilter => readFilter(given));
