import type { DuplicateGroup, DuplicatePage, DuplicateQuery as Query } from '#libs/search';
import { DUPLICATE_KINDS, LEAST_THRESHOLD, QUALITIES } from '#libs/search';
import { z } from 'zod';
import { collectionNameSchema, idSchema, idTextSchema, limitSchema, numberText } from '../http/schemas.js';
import { imageSchema, toImageDto } from '../images/image.dto.js';
import { request, response } from '../openapi/components.js';

export const duplicateQuerySchema = z.strictObject({
  kind: z
    .enum(DUPLICATE_KINDS)
    .default('near')
    .describe(
      '`near`: images that look nearly the same. `exact`: images whose very bytes came from several sources; the same bytes are stored once, so such a group has one image, and `copies` names its sources.',
    ),
  threshold: numberText(
    z
      .number()
      .min(LEAST_THRESHOLD)
      .max(1)
      .optional()
      .describe(
        'For near: least cosine with the best of the group; the default is LIKENESS_DUPLICATES_THRESHOLD, else what was measured for the encoder in use.',
      ),
  ),
  collection: collectionNameSchema.optional().describe('Only images of this collection.'),
  cursor: z.string().min(1).max(500).optional().describe('`nextCursor` of the page before.'),
  limit: limitSchema(20, 100),
});
export type DuplicateQuery = z.output<typeof duplicateQuerySchema>;

const groupSchema = z.object({
  best: idTextSchema.describe('The image that is suggested to be kept: the first of `images`.'),
  reasons: z
    .array(z.object({ by: z.enum(QUALITIES), says: z.string() }))
    .describe('Why it is: more pixels, more bytes, or stored earlier. Empty where nothing is to be chosen.'),
  images: z
    .array(
      z.object({
        image: imageSchema,
        score: z.number().nullable().describe('Cosine with the best; null for the best itself.'),
        hashDistance: z
          .number()
          .int()
          .nullable()
          .describe('Bits by which its perceptual hash differs from that of the best, 0 to 64.'),
      }),
    )
    .describe('Best first. Each is a near-duplicate of the best.'),
  copies: z
    .array(z.object({ kind: z.enum(['upload', 'external', 'file']), key: z.string() }))
    .optional()
    .describe('For exact: where the same bytes came from.'),
  spareBytes: z.number().describe('Bytes of all but the best; for exact, of all copies but one.'),
});

export const duplicatePageSchema = response(
  'DuplicatePage',
  z.object({
    kind: z.enum(DUPLICATE_KINDS),
    threshold: z.number().nullable().describe('For near: the least cosine that counted.'),
    unchecked: z
      .number()
      .int()
      .describe('Images that have not been compared yet: their near-duplicates may be missing.'),
    total: z.number().int().nullable().describe('For near: groups on all pages.'),
    groups: z.array(groupSchema).describe('Newest first.'),
    nextCursor: z.string().nullable().describe('Give it as `cursor` for the next page; null at the end.'),
  }),
);
export type DuplicatePageDto = z.output<typeof duplicatePageSchema>;

export const rejectionOrderSchema = request(
  'NotDuplicates',
  z
    .strictObject({
      ids: z.array(idSchema).min(1).max(100),
      of: z
        .array(idSchema)
        .min(1)
        .max(1000)
        .optional()
        .describe('Without it none of `ids` is a duplicate of another; with it none of them is one of any of these.'),
    })
    .refine(({ ids, of }) => of !== undefined || ids.length > 1, {
      path: ['ids'],
      error: 'at least two ids, or some in `of`',
    }),
);
export type RejectionOrder = z.output<typeof rejectionOrderSchema>;

export const rejectionListSchema = z.strictObject({
  cursor: z.string().min(1).max(500).optional().describe('`nextCursor` of the page before.'),
  limit: limitSchema(100, 500),
});
export type RejectionList = z.output<typeof rejectionListSchema>;

const maybeId = idTextSchema.nullable();
export const rejectionPageSchema = response(
  'RejectionPage',
  z.object({
    rejections: z
      .array(
        z.object({
          sha256: z.tuple([z.string(), z.string()]).describe('Content of the two images: what is remembered.'),
          ids: z.tuple([maybeId, maybeId]).describe('The images, null for one that is not here at the moment.'),
          at: z.iso.datetime(),
        }),
      )
      .describe('Newest first.'),
    nextCursor: z.string().nullable(),
  }),
);

export const toDuplicateQuery = ({ kind, limit, threshold, collection, cursor }: DuplicateQuery): Query => ({
  kind,
  limit,
  ...(threshold !== undefined && { threshold }),
  ...(collection !== undefined && { collection }),
  ...(cursor !== undefined && { cursor }),
});

export function toDuplicatePage({ groups, ...page }: DuplicatePage): DuplicatePageDto {
  return { ...page, groups: groups.map((group) => toGroup(group, page.kind)) };
}

function toGroup({ members, reasons, spareBytes }: DuplicateGroup, kind: DuplicatePage['kind']) {
  const [best] = members;
  return {
    best: String(best?.image.id),
    reasons: reasons.map(({ by, says }) => ({ by, says })),
    images: members.map(({ image, score, distance }) => ({ image: toImageDto(image), score, hashDistance: distance })),
    ...(kind === 'exact' && { copies: sourcesOf(best) }),
    spareBytes,
  };
}

const sourcesOf = (member: DuplicateGroup['members'][number] | undefined) =>
  (member?.image.sources ?? []).map(({ kind, key }) => ({ kind, key }));
