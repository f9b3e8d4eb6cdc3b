import {
  fitsKey,
  KEY_LENGTH,
  MAX_KEY_BYTES,
  type ImportItemRecord,
  type ImportProgress,
  storable,
} from '#libs/catalogue';
import { z } from 'zod';
import { itemErrorSchema, toItemError } from '../http/problem.js';
import { collectionNameSchema, idSchema, idTextSchema, limitSchema } from '../http/schemas.js';
import { request, response } from '../openapi/components.js';

const count = z.number().int();

export const importSchema = response(
  'Import',
  z.object({
    id: idTextSchema,
    path: z.string().describe('The folder or manifest, on the server.'),
    collection: z.string().nullable(),
    reference: z.boolean(),
    removeVanished: z.boolean(),
    status: z.enum(['listing', 'running', 'done', 'cancelled', 'failed']),
    error: itemErrorSchema.nullable().describe('Why it could not go on, when `status` is failed.'),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    total: count.describe('Files listed so far.'),
    done: count,
    failed: count,
    left: count,
    outcomes: z.object({ added: count, existing: count, replaced: count, unchanged: count, removed: count }),
    rate: z.number().nullable().describe('Files a second over the last minute.'),
    etaSeconds: z.number().nullable().describe('Seconds left at that rate.'),
  }),
);
export type ImportDto = z.output<typeof importSchema>;

export const importsSchema = response(
  'Imports',
  z.object({ imports: z.array(importSchema).describe('Newest first.') }),
);

export const importItemsSchema = response(
  'ImportItems',
  z.object({
    items: z.array(
      z.object({
        id: idTextSchema,
        path: z.string(),
        status: z.enum(['pending', 'leased', 'done', 'failed', 'cancelled']),
        outcome: z.enum(['added', 'existing', 'replaced', 'unchanged', 'removed']).nullable(),
        imageId: idTextSchema.nullable(),
        error: itemErrorSchema.nullable(),
        attempts: count,
      }),
    ),
    nextCursor: z.string().nullable().describe('Give it as `cursor` for the next page; null at the end.'),
  }),
);
export type ImportItemsDto = z.output<typeof importItemsSchema>;

const rootSchema = z
  .string()
  .min(1)
  .refine(fitsKey, { error: KEY_LENGTH, abort: true })
  .superRefine(storable)
  .meta({ maxLength: MAX_KEY_BYTES });

export const startImportSchema = request(
  'StartImport',
  z.strictObject({
    path: rootSchema.describe('Absolute path on the server: a folder, or a manifest (.csv, .ndjson, .jsonl).'),
    collection: collectionNameSchema.optional().describe('Collection the images go to.'),
    reference: z.boolean().default(false).describe('Leave the originals where they are instead of copying them.'),
    removeVanished: z
      .boolean()
      .default(false)
      .describe(
        'Images whose file is no longer in the folder lose that source; those of a folder that is there but empty are kept, for its disk may not be mounted.',
      ),
  }),
);
export type StartImport = z.output<typeof startImportSchema>;

export const importListQuerySchema = z.strictObject({
  path: rootSchema.optional().describe('Only imports of this folder or manifest, named as in their `path`.'),
  limit: limitSchema(20, 200),
});
export type ImportListQuery = z.output<typeof importListQuerySchema>;

export const itemsQuerySchema = z.strictObject({
  status: z.enum(['pending', 'leased', 'done', 'failed', 'cancelled']).optional(),
  cursor: idSchema.optional().describe('`nextCursor` of the page before.'),
  limit: limitSchema(100, 1000),
});
export type ItemsQuery = z.output<typeof itemsQuerySchema>;

export function toImportDto(progress: ImportProgress): ImportDto {
  const { added, existing, replaced, unchanged, removed } = progress.outcomes;
  return {
    id: String(progress.id),
    path: progress.root,
    collection: progress.collection ?? null,
    reference: progress.reference,
    removeVanished: progress.removeVanished,
    status: progress.status,
    error: progress.error && toItemError(progress.error),
    createdAt: progress.createdAt.toISOString(),
    finishedAt: progress.finishedAt?.toISOString() ?? null,
    total: progress.total,
    done: progress.done,
    failed: progress.failed,
    left: progress.left,
    outcomes: { added, existing, replaced, unchanged, removed },
    rate: progress.rate,
    etaSeconds: progress.etaSeconds,
  };
}

export function toImportItemsDto({
  items,
  nextCursor,
}: {
  items: ImportItemRecord[];
  nextCursor: number | null;
}): ImportItemsDto {
  return {
    items: items.map(({ id, path, status, outcome, imageId, error, attempts }) => ({
      id: String(id),
      path,
      status,
      outcome,
      imageId: imageId === null ? null : String(imageId),
      error: error && toItemError(error),
      attempts,
    })),
    nextCursor: nextCursor === null ? null : String(nextCursor),
  };
}
