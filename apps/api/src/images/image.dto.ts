import { fitsKey, KEY_LENGTH, type ImageRecord, storable } from '#libs/catalogue';
import { parseRequest } from '#libs/errors';
import type { ImageView, IngestOutcome } from '#libs/search';
import { z } from 'zod';
import { itemErrorSchema, toItemError } from '../http/problem.js';
import { collectionNameSchema, idSchema, idTextSchema, limitSchema, metadataSchema } from '../http/schemas.js';
import { request, response } from '../openapi/components.js';
import { filterSchema, filterTextSchema } from '../search/filter.dto.js';

/** What every answer says of an image. */
export const imageFields = {
  id: idTextSchema,
  sha256: z.string().describe("Hash of the original's bytes, hexadecimal."),
  format: z.string().describe('jpeg, png, webp, avif, gif or tiff.'),
  width: z.number().int().describe('Pixels, upright.'),
  height: z.number().int().describe('Pixels, upright.'),
  bytes: z.number().describe('Size of the original file.'),
  metadata: z.record(z.string(), z.unknown()),
  source: z.string().nullable().describe('The first of `sources`: a file name, a path or an external id.'),
  sources: z
    .array(z.object({ kind: z.enum(['upload', 'external', 'file']), key: z.string() }))
    .describe('Where the image came from.'),
  externalId: z.string().nullable(),
  collections: z.array(z.string()),
  referenced: z.boolean().describe('The original stays where it was imported from.'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  thumbnailUrl: z.string(),
  originalUrl: z.string(),
};

export const imageSchema = response('Image', z.object(imageFields));
export type ImageDto = z.output<typeof imageSchema>;

export const imageViewSchema = response(
  'ImageView',
  z.object({ ...imageFields, searchable: z.boolean().describe('Whether a search that starts now can find it.') }),
);

export const imagePageSchema = response(
  'ImagePage',
  z.object({
    images: z.array(imageSchema),
    nextCursor: z.string().nullable().describe('Give it as `cursor` for the next page; null at the end.'),
  }),
);

const uploadResultSchema = z.object({
  name: z.string().describe('Name of the file.'),
  status: z.enum(['added', 'existing', 'replaced', 'failed']),
  image: imageViewSchema.optional(),
  error: itemErrorSchema.optional(),
});
export const uploadAnswerSchema = response(
  'UploadAnswer',
  z.object({ items: z.array(uploadResultSchema).describe('One for each file, in order.') }),
);
export type UploadAnswer = z.output<typeof uploadAnswerSchema>;

export const deletedSchema = response(
  'Deleted',
  z.object({ deleted: z.array(idTextSchema).describe('Those that were there.') }),
);

export const listQuerySchema = z.strictObject({
  collection: collectionNameSchema.optional(),
  filter: filterTextSchema.optional(),
  cursor: z.string().max(500).optional().describe('`nextCursor` of the page before.'),
  limit: limitSchema(50, 500),
});
export type ListQuery = z.output<typeof listQuerySchema>;

export const uploadQuerySchema = z.strictObject({
  collection: collectionNameSchema.optional(),
  wait: z
    .enum(['stored', 'searchable'])
    .default('stored')
    .describe(
      '`searchable` answers when searches find the images. What is not found within 30 s is stored all the same, and its `searchable` is false.',
    ),
});
export type UploadQuery = z.output<typeof uploadQuerySchema>;

/** Images of one call by URL. */
const MAX_URLS = 100;

const uploadItemSchema = z.strictObject({
  metadata: metadataSchema.optional(),
  externalId: z
    .string()
    .min(1)
    .max(500)
    .superRefine(storable)
    .optional()
    .describe('Your own key: the same again replaces the image.'),
});
const itemListSchema = z.array(uploadItemSchema);
const itemsByNameSchema = z.record(z.string(), uploadItemSchema);
/** The `items` field of an upload: in the order of the files, or by file name. */
export const uploadItemsSchema = request('UploadItems', z.union([itemListSchema, itemsByNameSchema]));
export type UploadItem = z.output<typeof uploadItemSchema>;

const itemByUrlSchema = uploadItemSchema
  .extend({
    url: z
      .string()
      .min(1)
      .max(4096)
      .superRefine(storable)
      .describe('Where the image is; its external id, where none is given.'),
  })
  .refine(({ url, externalId }) => externalId !== undefined || fitsKey(url), {
    path: ['url'],
    message: `${KEY_LENGTH}, or an externalId beside it`,
  });

/** Images to be fetched. */
export const imagesByUrlSchema = request(
  'ImagesByUrl',
  z.strictObject({
    items: z.array(itemByUrlSchema).min(1).max(MAX_URLS),
    collection: collectionNameSchema.optional(),
  }),
);

/** The form's `items`, checked against the one of the two shapes that it has, so that the error names the field. */
export function parseUploadItems(items: unknown): UploadItem[] | Record<string, UploadItem> {
  const shape = Array.isArray(items) ? itemListSchema : itemsByNameSchema;
  return parseRequest(z.object({ items: shape }), { items }, 'form').items;
}

export const patchSchema = request(
  'ImageChange',
  z.strictObject({
    metadata: metadataSchema.optional(),
    metadataMode: z
      .enum(['merge', 'replace'])
      .default('merge')
      .describe('`merge` keeps keys that are not named; a null removes its key.'),
    collections: z.array(collectionNameSchema).max(1000).optional().describe('The collections it is in from now on.'),
  }),
);
export type Patch = z.output<typeof patchSchema>;

export const deleteManySchema = request(
  'ImagesToDelete',
  z
    .strictObject({
      ids: z.array(idSchema).min(1).max(10_000).optional(),
      filter: filterSchema.optional().describe('Every image that matches.'),
    })
    .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), 'exactly one of ids and filter'),
);
export type DeleteMany = z.output<typeof deleteManySchema>;

/** `v` names the content, so that an answer under an address with it never changes. */
export const fileQuerySchema = z.strictObject({
  v: z.string().max(64).optional().describe('Start of the sha256; makes the answer cacheable for ever.'),
});
export type FileQuery = z.output<typeof fileQuerySchema>;

const VERSION_DIGITS = 12;

export function toImageDto(image: ImageRecord): ImageDto {
  const version = image.sha256.slice(0, VERSION_DIGITS);
  return {
    id: String(image.id),
    sha256: image.sha256,
    format: image.format,
    width: image.width,
    height: image.height,
    bytes: image.bytes,
    metadata: { ...image.metadata },
    source: image.sources[0]?.key ?? null,
    sources: image.sources.map(({ kind, key }) => ({ kind, key })),
    externalId: image.sources.find(({ kind }) => kind === 'external')?.key ?? null,
    collections: [...image.collections],
    referenced: image.referencePath !== null,
    createdAt: image.createdAt.toISOString(),
    updatedAt: image.updatedAt.toISOString(),
    thumbnailUrl: `/v1/images/${image.id}/thumbnail?v=${version}`,
    originalUrl: `/v1/images/${image.id}/original?v=${version}`,
  };
}

export function toImageViewDto(image: ImageView): z.output<typeof imageViewSchema> {
  return { ...toImageDto(image), searchable: image.searchable };
}

export function toUploadResult(outcome: IngestOutcome): UploadAnswer['items'][number] {
  if (outcome.status === 'failed') return { name: outcome.name, status: 'failed', error: toItemError(outcome.error) };
  return { name: outcome.name, status: outcome.status, image: toImageViewDto(outcome.image) };
}
